import { createHash } from 'node:crypto';
import type { AuthorizationParams } from './authorization-params.ts';
import type { ResourceServer } from './model/resource-servers.ts';
import type { RequestedGrant } from './model/state.ts';
import { markerScope, openidScopes } from './scopes.ts';

const passedOn = ['client_id', 'redirect_uri', 'response_type', 'response_mode', 'state', 'login_hint'];
const openidOnly = ['nonce', 'max_age'];

/** An accepted request in oidc-provider's terms; what it has no word for travels as extra parameters. */
export function oidcQuery(
  params: AuthorizationParams,
  api: ResourceServer | undefined,
  scopes: string[],
): Record<string, string> {
  const names = scopes.includes('openid') ? [...passedOn, ...openidOnly] : passedOn;
  const query: Record<string, string | undefined> = Object.fromEntries(
    names.map((name) => [name, params[name]]),
  );
  // offline_access stays out: oidc-provider would tie it to prompt=consent, which Auth0 does not.
  query.scope = [
    markerScope,
    ...scopes.filter((s) => s !== 'offline_access' && openidScopes.includes(s)),
  ].join(' ');
  query.granted_scope = scopes.join(' ');
  query.audience = api?.identifier;
  query.connection = params.connection;
  query.prompt = params.prompt
    ?.split(' ')
    .filter((prompt) => ['none', 'login', 'consent'].includes(prompt))
    .join(' ');
  if (params.code_challenge !== undefined) {
    query.code_challenge_method = 'S256';
    // oidc-provider knows S256 alone; a plain challenge is its verifier, so its hash serves the same purpose.
    query.code_challenge =
      params.code_challenge_method === 'S256'
        ? params.code_challenge
        : createHash('sha256').update(params.code_challenge).digest('base64url');
  }
  return Object.fromEntries(Object.entries(query).filter((entry): entry is [string, string] => !!entry[1]));
}

/** Parameters that `oidcQuery` adds to those of OpenID Connect. */
export const extraParams = ['audience', 'connection', 'granted_scope'];

/** What an authorization request asks for, as `oidcQuery` left it in the parameters. */
export function requestedGrant(params: Record<string, unknown>): RequestedGrant {
  const scopes = String(params.granted_scope ?? '')
    .split(' ')
    .filter(Boolean);
  return typeof params.audience === 'string' ? { audience: params.audience, scopes } : { scopes };
}
