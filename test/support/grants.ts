import { randomUUID } from 'node:crypto';
import type { Grant } from '../../lib/access-token/grant.ts';
import { realmOf } from '../../lib/store/keys.ts';
import { type TokenOptions, tenantTokens } from './access-token.ts';
import type { InstanceContext, Instances } from './instances.ts';

const nowSeconds = () => Math.floor(Date.now() / 1000);

/** A grant as a sign-in of long ago or just now would leave it, of a user whom the tenant does not know. */
export function grantAt({ config, origin }: InstanceContext, changes: Partial<Grant> = {}): Grant {
  return {
    id: randomUUID(),
    realm: realmOf(config),
    subject: 'auth0|alice',
    clientId: 'c'.repeat(32),
    application: 'c'.repeat(32),
    scopes: ['mcp:read', 'mcp:write', 'offline_access'],
    origin,
    signedInAtSeconds: nowSeconds(),
    vouchedAtSeconds: nowSeconds(),
    upstream: 'a-refresh-token-that-the-tenant-does-not-know',
    upstreamExpiresAtSeconds: nowSeconds() + 3600,
    ...changes,
  };
}

/** A grant for which a user has signed in at the tenant, whose refresh token is in it. */
export async function realGrant(
  { tenant }: Instances,
  context: InstanceContext,
  options: TokenOptions = {},
): Promise<Grant> {
  const scope = options.scope ?? 'openid profile email mcp:read mcp:write offline_access';
  const env = {
    SERVER_URL: context.config.serverUrl,
    AUTH0_CLIENT_ID: context.config.oauth.clientId,
    AUTH0_CLIENT_SECRET: context.config.oauth.clientSecret,
  };
  const { clientId, tokens } = await tenantTokens({ tenant, env }, { ...options, scope });
  const claims = JSON.parse(Buffer.from(tokens.access_token.split('.')[1] ?? '', 'base64url').toString());
  return grantAt(context, {
    subject: claims.sub,
    clientId,
    application: clientId,
    scopes: scope.split(' ').filter((each) => each.startsWith('mcp:') || each === 'offline_access'),
    upstream: tokens.refresh_token,
    upstreamExpiresAtSeconds: claims.exp,
  });
}
