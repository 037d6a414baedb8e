/**
 * The extensions that this server has, one line each: `export { name } from './folder/extension.ts';`. They wrap calls in
 * the alphabetical order of their names, the first outermost. See `lib/mcp/server/extension.ts` for what an extension is.
 */

export type { Extension } from '../server/extension.ts';

export { apps } from './apps/extension.ts';
export { connectedAccounts } from './connected-accounts/extension.ts';
export { onBehalfOf } from './on-behalf-of/extension.ts';
export { permissions } from './permissions/extension.ts';
export { agentSkills } from './skills/extension.ts';
export { tasks } from './tasks/extension.ts';
export { telemetry } from './telemetry/extension.ts';
