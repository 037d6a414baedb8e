import type { AuthorizationParams } from './authorization-params.ts';
import type { ResourceServer } from './model/resource-servers.ts';
import type { RequestedGrant } from './model/state.ts';
import { markerScope, openidScopes } from './scopes.ts';

const forwardedParams = [
  'client_id',
  'redirect_uri',
  'response_type',
  'response_mode',
  'state',
  'login_hint',
];
const openidOnly = ['nonce', 'max_age'];

/** Translates an accepted request for oidc-provider. What it has no parameter for goes into extra parameters. */
export function oidcQuery(
  params: AuthorizationParams,
  api: ResourceServer | undefined,
  scopes: string[],
): Record<string, string> {
  const names = scopes.includes('openid') ? [...forwardedParams, ...openidOnly] : forwardedParams;
  const query: Record<string, string | undefined> = Object.fromEntries(
    names.map((name) => [name, params[name]]),
  );
  // Without offline_access: oidc-provider would require prompt=consent for it, which Auth0 does not.
  query.scope = [
    markerScope,
    ...scopes.filter((s) => s !== 'offline_access' && openidScopes.includes(s)),
  ].join(' ');
  query.granted_scope = scopes.join(' ');
  query.audience = api?.identifier;
  query.connection = params.connection;
  query.organization = params.organization;
  query.invitation = params.invitation;
  query.prompt = params.prompt
    ?.split(' ')
    .filter((prompt) => ['none', 'login', 'consent'].includes(prompt))
    .join(' ');
  if (params.code_challenge !== undefined) {
    query.code_challenge_method = 'S256';
    query.code_challenge = params.code_challenge;
  }
  return Object.fromEntries(Object.entries(query).filter((entry): entry is [string, string] => !!entry[1]));
}

/** The parameters that `oidcQuery` adds to those of OpenID Connect. */
export const extraParams = ['audience', 'connection', 'granted_scope', 'organization', 'invitation'];

/** What an authorization request asks for, from the parameters that `oidcQuery` made. */
export function requestedGrant(params: Record<string, unknown>): RequestedGrant {
  const scopes = String(params.granted_scope ?? '')
    .split(' ')
    .filter(Boolean);
  return typeof params.audience === 'string' ? { audience: params.audience, scopes } : { scopes };
}
