import type { AuthorizationParams, Refusal } from './authorization-params.ts';
import type { Application } from './model/applications.ts';

/**
 * Auth0's restrictions for third-party applications, as "Security Controls for Third-Party Applications" and its
 * troubleshooting page describe them. Applications in the permissive mode (`third_party_security_mode`) are exempt.
 *
 * Enforces:
 * - PKCE, the response type `code`, and only the parameters below at `/authorize` (`refuseThirdParty`);
 * - a client grant for every API, and no system API, whatever the API's policy says (`audience.ts`);
 * - no OpenID scopes, so no ID token (`scopes.ts`), and no `/userinfo` (`userinfo.ts`);
 * - no redirect with an error unless `redirection_policy` is `allow_always` (`redirectsErrors`);
 * - domain connections only (`usable-connections.ts`), and always consent (`consent.ts`);
 * - what such an application may be (`management/third-party-client.ts`).
 */
export function isRestricted(application: Application): boolean {
  return !application.is_first_party && application.third_party_security_mode !== 'permissive';
}

const allowedParams = new Set([
  ...['acr_values', 'audience', 'authorization_details', 'client_id', 'code_challenge'],
  ...['code_challenge_method', 'connection', 'correlation_id', 'display', 'dpop_jkt', 'login_hint'],
  ...['max_age', 'nonce', 'prompt', 'redirect_uri', 'resource', 'response_type', 'scope', 'state'],
  // Not on the page's list, but the same page supports organizations.
  ...['ui_locales', 'organization'],
]);

/** Refuses parameters that third-party applications cannot send, and a request without PKCE. The wordings are ours. */
export function refuseThirdParty(application: Application, params: AuthorizationParams): Refusal | undefined {
  if (!isRestricted(application)) return undefined;
  const unsupported = Object.keys(params).find(
    (name) => !allowedParams.has(name) && !name.startsWith('ext-'),
  );
  if (unsupported !== undefined)
    return { error: 'invalid_request', description: `Parameter not supported: ${unsupported}` };
  if (params.code_challenge === undefined)
    return { error: 'invalid_request', description: 'Missing required parameter: code_challenge' };
  return undefined;
}

/** Whether the tenant sends errors to the application's callback. Otherwise it shows them on a page of its own. */
export function redirectsErrors(application: Application | undefined): boolean {
  if (application === undefined || !isRestricted(application)) return true;
  return application.redirection_policy === 'allow_always';
}
