import type { ExtensionGrant } from '../extension-grant.ts';

/**
 * Machine clients: the client credentials grant (RFC 6749 section 4.4), as the MCP extension
 * `io.modelcontextprotocol/oauth-client-credentials` describes it. `npm run setup -- --machine-client` registers one.
 */
export const clientCredentials: ExtensionGrant = {
  grantType: 'client_credentials',
  limit: 'machine',
  // Nobody gets in whom the operator has not registered at the tenant.
  isEnabled: () => true,
  load: () => import('./grant.ts'),
};
