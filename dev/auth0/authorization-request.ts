import { refuseAudience, requestedAudience } from './audience.ts';
import type { AuthorizationParams, Refusal } from './authorization-params.ts';
import type { Application } from './model/applications.ts';
import { findApi, type TenantState } from './model/state.ts';
import { oidcQuery } from './oidc-query.ts';
import { allowedCallbacks, refuseOrganization } from './organizations/authorize.ts';
import { findOrganization } from './organizations/organizations.ts';
import { grantableScopes } from './scopes.ts';
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

/** Checks an authorization request in Auth0's order and translates it for oidc-provider. */
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
    refusePkce(params) ??
    refuseAudience(state, application, audience, api) ??
    refuseOrganization(state, application, params) ??
    refuseConnection(state, application, params.connection, organization);
  if (refusal) return { kind: 'refused', redirectUri, state: params.state, ...refusal };

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

function refusePkce({
  code_challenge: challenge,
  code_challenge_method: method = 'plain',
}: AuthorizationParams): Refusal | undefined {
  if (challenge === undefined) return undefined;
  if (method !== 'S256' && method !== 'plain') {
    return { error: 'invalid_request', description: `Invalid code challenge method: ${method}` };
  }
  if (/^[A-Za-z0-9._~-]{43,128}$/.test(challenge)) return undefined;
  return { error: 'invalid_request', description: 'Invalid code challenge' };
}
