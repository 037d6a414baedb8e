/**
 * The extensions that this server has, one line each: `export { name } from './folder/extension.ts';`. Their order is the
 * order in which they wrap calls, outermost first. See `lib/mcp/server/extension.ts` for what an extension is.
 */

export type { Extension } from '../server/extension.ts';
export { onBehalfOf } from './on-behalf-of/extension.ts';
export { permissions } from './permissions/extension.ts';
export { tasks } from './tasks/extension.ts';
