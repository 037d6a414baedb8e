import { findApi, type RequestedGrant, type TenantState } from './model/state.ts';

function key(userId: string, clientId: string, audience: string | undefined): string {
  return [userId, clientId, audience ?? ''].join(' ');
}

/**
 * Whether Auth0's own consent page is shown: always for third-party applications, and for first-party ones on an API
 * without `skip_consent_for_verifiable_first_party_clients`. Never twice for the same scopes.
 *
 * Differs from Auth0, which treats a loopback callback as unverifiable and asks then too.
 */
export function needsConsent(
  state: TenantState,
  userId: string,
  clientId: string,
  granted: RequestedGrant,
): boolean {
  const application = state.applications.get(clientId);
  const api = granted.audience === undefined ? undefined : findApi(state, granted.audience);
  const firstParty = application?.is_first_party ?? false;
  if (firstParty && (api === undefined || api.skip_consent_for_verifiable_first_party_clients)) return false;
  const remembered = state.consents.get(key(userId, clientId, granted.audience));
  return remembered === undefined || granted.scopes.some((scope) => !remembered.has(scope));
}

/** Deletes a consent, so that the user is asked again. */
export function forgetConsent(
  state: TenantState,
  userId: string,
  clientId: string,
  audience: string | undefined,
): void {
  state.consents.delete(key(userId, clientId, audience));
}

/** Stores a consent, so that the user is not asked again. */
export function rememberConsent(
  state: TenantState,
  userId: string,
  clientId: string,
  granted: RequestedGrant,
): void {
  const at = key(userId, clientId, granted.audience);
  state.consents.set(at, new Set([...(state.consents.get(at) ?? []), ...granted.scopes]));
}
