import { refuseAudience, requestedAudience } from './audience.ts';
import type { AuthorizationParams, Refusal } from './authorization-params.ts';
import type { Application } from './model/applications.ts';
import { findApi, type TenantState } from './model/state.ts';
import { oidcQuery } from './oidc-query.ts';
import { allowedCallbacks, refuseOrganization } from './organizations/authorize.ts';
import { findOrganization } from './organizations/organizations.ts';
import { grantableScopes } from './scopes.ts';
import { redirectsErrors, refuseThirdParty } from './third-party.ts';
import { refuseConnection } from './usable-connections.ts';

/** The decision on an authorization request: show an error page, answer the client, or continue to sign-in. */
export type AuthorizationDecision =
  | { kind: 'page'; error: string; description: string }
  | { kind: 'refused'; redirectUri: string; state: string | undefined; error: string; description: string }
  | { kind: 'accepted'; query: Record<string, string> };

const page = (description: string): AuthorizationDecision => ({
  kind: 'page',
  error: 'invalid_request',
  description,
});

/**
 * Checks an authorization request in Auth0's order and translates it for oidc-provider.
 *
 * Enforces, from the Authentication API reference ("Authorize"):
 * - `client_id` names an application, and `redirect_uri` is one of its callbacks, compared exactly (also its port);
 * - `response_type` is `code`, and the application has the grant type `authorization_code`;
 * - PKCE with `S256`, "the only method that Auth0 supports", though its discovery document also lists `plain`;
 * - `online_access` and `offline_access` are not requested together ("Online Refresh Tokens");
 * - the audience is an API that lets the application in (`audience.ts`);
 * - a connection is enabled for the application (`usable-connections.ts`);
 * - the restrictions for third-party applications (`third-party.ts`).
 *
 * Not enforced, because Auth0 documents none of it: limits on the length of `state` and of the URL, and unknown values of
 * `prompt`.
 */
export function decideAuthorization(state: TenantState, params: AuthorizationParams): AuthorizationDecision {
  const clientId = params.client_id;
  if (!clientId) return page('Missing required parameter: client_id');
  const application = state.applications.get(clientId);
  if (application === undefined) return page(`Unknown client: ${clientId}`);

  const callbacks = allowedCallbacks(state, application, params.organization);
  const redirectUri = params.redirect_uri ?? callbacks[0];
  if (redirectUri === undefined || !callbacks.includes(redirectUri)) {
    return page(
      'Callback URL mismatch. The provided redirect_uri is not in the list of allowed callback URLs.',
    );
  }

  const audience = requestedAudience(state, params);
  const api = audience === undefined ? undefined : findApi(state, audience);
  const organization = findOrganization(state, params.organization);
  const refusal =
    refuseResponseType(application, params) ??
    refuseThirdParty(application, params) ??
    refuseScopes(params) ??
    refusePkce(params) ??
    refuseAudience(state, application, audience, api) ??
    refuseOrganization(state, application, params) ??
    refuseConnection(state, application, params.connection, organization);
  if (refusal)
    return redirectsErrors(application)
      ? { kind: 'refused', redirectUri, state: params.state, ...refusal }
      : { kind: 'page', ...refusal };

  const scopes = grantableScopes(state, application, api, params.scope);
  return {
    kind: 'accepted',
    query: oidcQuery({ ...params, redirect_uri: redirectUri, organization: organization?.id }, api, scopes),
  };
}

function refuseResponseType(application: Application, params: AuthorizationParams): Refusal | undefined {
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

function refuseScopes({ scope = '' }: AuthorizationParams): Refusal | undefined {
  const scopes = scope.split(' ');
  if (!scopes.includes('online_access') || !scopes.includes('offline_access')) return undefined;
  return {
    error: 'invalid_request',
    description: 'Cannot request both online_access and offline_access scopes',
  };
}

function refusePkce({
  code_challenge: challenge,
  code_challenge_method: method = 'plain',
}: AuthorizationParams): Refusal | undefined {
  if (challenge === undefined) return undefined;
  if (method !== 'S256') {
    return { error: 'invalid_request', description: `Invalid code challenge method: ${method}` };
  }
  // The hash of a verifier: 32 bytes.
  if (/^[A-Za-z0-9_-]{43}$/.test(challenge)) return undefined;
  return { error: 'invalid_request', description: 'Invalid code challenge' };
}
