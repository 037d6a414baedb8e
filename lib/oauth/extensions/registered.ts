/**
 * The extensions of the token endpoint, one line each: `export { name } from './folder/index.ts';`. See
 * `extension-grant.ts` for what an extension is.
 */

export { clientCredentials } from './client-credentials/index.ts';
export { enterpriseManaged } from './enterprise-managed/index.ts';
export type { ExtensionGrant } from './extension-grant.ts';
