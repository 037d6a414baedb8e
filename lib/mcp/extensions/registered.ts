/**
 * The extensions that this server has, one line each: `export { name } from './folder/extension.ts';`. Their order is the
 * order in which they wrap calls, outermost first. See `lib/mcp/server/extension.ts` for what an extension is.
 */
export type { Extension } from '../server/extension.ts';

export { apps } from './apps/extension.ts';
