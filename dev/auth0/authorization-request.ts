import { createHash } from 'node:crypto';
import type { Application } from './model/applications.ts';
import type { Connection } from './model/connections.ts';
import type { ResourceServer } from './model/resource-servers.ts';
import { findApi, findClientGrant, type TenantState } from './model/state.ts';

/** What `/authorize` does with a request: show an error page, answer the client, or go on to sign-in. */
export type AuthorizationDecision =
  | { kind: 'page'; error: string; description: string }
  | { kind: 'refused'; redirectUri: string; state: string | undefined; error: string; description: string }
  | { kind: 'accepted'; query: Record<string, string> };

type Params = Record<string, string | undefined>;
type Refusal = { error: string; description: string };

/** Scopes that need no API. */
export const openidScopes = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'];

/** oidc-provider refuses a request that grants nothing; Auth0 does not. This scope is never handed out. */
export const markerScope = 'signed_in';

const page = (description: string): AuthorizationDecision => ({
  kind: 'page',
  error: 'invalid_request',
  description,
});

/** Checks an authorization request in Auth0's order and translates it into oidc-provider's terms. */
export function decideAuthorization(state: TenantState, params: Params): AuthorizationDecision {
  const clientId = params.client_id;
  if (!clientId) return page('Missing required parameter: client_id');
  const application = state.applications.get(clientId);
  if (application === undefined) return page(`Unknown client: ${clientId}`);

  const callbacks = application.callbacks ?? [];
  const redirectUri = params.redirect_uri ?? callbacks[0];
  if (redirectUri === undefined || !callbacks.includes(redirectUri)) {
    return page(
      'Callback URL mismatch. The provided redirect_uri is not in the list of allowed callback URLs.',
    );
  }

  const audience = requestedAudience(state, params);
  const api = audience === undefined ? undefined : findApi(state, audience);
  const refusal =
    refuseResponseType(application, params) ??
    refusePkce(params) ??
    refuseAudience(state, application, audience, api) ??
    refuseConnection(state, application, params.connection);
  if (refusal) return { kind: 'refused', redirectUri, state: params.state, ...refusal };

  const scopes = grantableScopes(state, application, api, params.scope);
  return { kind: 'accepted', query: oidcQuery({ ...params, redirect_uri: redirectUri }, api, scopes) };
}

/** `audience` wins; `resource` counts only in the compatibility profile; then the tenant's default. */
function requestedAudience(state: TenantState, params: Params): string | undefined {
  const resource =
    state.settings.resource_parameter_profile === 'compatibility' ? params.resource : undefined;
  const audience = params.audience || resource || state.settings.default_audience || undefined;
  return audience === `${state.issuer}userinfo` ? undefined : audience;
}

function refuseResponseType(application: Application, params: Params): Refusal | undefined {
  const type = params.response_type;
  if (!type) return { error: 'invalid_request', description: 'Missing required parameter: response_type' };
  if (type !== 'code') {
    return { error: 'unsupported_response_type', description: `Unsupported response type: ${type}` };
  }
  if (application.grant_types.includes('authorization_code')) return undefined;
  return {
    error: 'unauthorized_client',
    description: "Grant type 'authorization_code' not allowed for the client.",
  };
}

function refusePkce({ code_challenge: challenge, code_challenge_method: method = 'plain' }: Params) {
  if (challenge === undefined) return undefined;
  if (method !== 'S256' && method !== 'plain') {
    return { error: 'invalid_request', description: `Invalid code challenge method: ${method}` };
  }
  if (/^[A-Za-z0-9._~-]{43,128}$/.test(challenge)) return undefined;
  return { error: 'invalid_request', description: 'Invalid code challenge' };
}

function refuseAudience(
  state: TenantState,
  application: Application,
  audience: string | undefined,
  api: ResourceServer | undefined,
): Refusal | undefined {
  if (audience === undefined) return undefined;
  if (api === undefined) return { error: 'access_denied', description: `Service not found: ${audience}` };
  const policy = userPolicy(state, api);
  const allowed =
    policy === 'allow_all' ||
    (policy === 'require_client_grant' &&
      findClientGrant(state, application.client_id, audience, 'user') !== undefined);
  if (allowed) return undefined;
  return {
    error: 'invalid_request',
    description: `Client "${application.client_id}" is not authorized to access resource server "${audience}".`,
  };
}

function userPolicy(state: TenantState, api: ResourceServer) {
  const unset = state.switches.strictUserPolicy ? 'require_client_grant' : 'allow_all';
  return api.subject_type_authorization?.user?.policy ?? unset;
}

/** Connections an application may use: third-party applications only those open to the whole domain. */
export function usableConnections(state: TenantState, application: Application): Connection[] {
  return state.connections.filter((connection) =>
    application.is_first_party
      ? connection.enabled.has(application.client_id)
      : connection.is_domain_connection,
  );
}

function refuseConnection(
  state: TenantState,
  application: Application,
  wanted: string | undefined,
): Refusal | undefined {
  const usable = usableConnections(state, application);
  const found = wanted === undefined ? usable[0] : usable.find(({ name }) => name === wanted);
  if (found) return undefined;
  if (!application.is_first_party) {
    const name = wanted ?? state.connections.find(({ strategy }) => strategy === 'auth0')?.name;
    if (name !== undefined) {
      return {
        error: 'invalid_request',
        description: `${name} does not exist or is not a domain connection`,
      };
    }
  }
  const description =
    wanted === undefined || usable.length === 0
      ? 'no connections enabled for the client'
      : 'the connection is not enabled';
  return { error: 'invalid_request', description };
}

/** Those of the requested scopes that exist and may be asked for; Auth0 drops the others without a word. */
function grantableScopes(
  state: TenantState,
  application: Application,
  api: ResourceServer | undefined,
  requested = '',
): string[] {
  const offline = application.grant_types.includes('refresh_token') && (api?.allow_offline_access ?? true);
  const apiScopes = new Set(api?.scopes.map(({ value }) => value));
  const clientGrant =
    api !== undefined && userPolicy(state, api) === 'require_client_grant'
      ? findClientGrant(state, application.client_id, api.identifier, 'user')
      : undefined;
  return [...new Set(requested.split(' '))].filter((scope) => {
    if (scope === 'offline_access') return offline;
    if (openidScopes.includes(scope)) return true;
    return apiScopes.has(scope) && (clientGrant === undefined || clientGrant.scope.includes(scope));
  });
}

const passedOn = ['client_id', 'redirect_uri', 'response_type', 'response_mode', 'state', 'login_hint'];
const openidOnly = ['nonce', 'max_age'];

function oidcQuery(
  params: Params,
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
