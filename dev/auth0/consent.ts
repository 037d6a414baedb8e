import { findApi, type RequestedGrant, type TenantState } from './model/state.ts';

function key(userId: string, clientId: string, audience: string | undefined): string {
  return [userId, clientId, audience ?? ''].join(' ');
}

/**
 * Whether Auth0's own consent must be asked: always for third-party applications, for first-party ones only on an
 * API without `skip_consent_for_verifiable_first_party_clients`; never twice for the same scopes.
 * (Auth0 calls a loopback callback unverifiable and asks all the same; here the flag alone decides.)
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

/** Forgets a consent, so that it is asked again. */
export function forgetConsent(
  state: TenantState,
  userId: string,
  clientId: string,
  audience: string | undefined,
): void {
  state.consents.delete(key(userId, clientId, audience));
}

/** Remembers a consent, so that it is not asked again. */
export function rememberConsent(
  state: TenantState,
  userId: string,
  clientId: string,
  granted: RequestedGrant,
): void {
  const at = key(userId, clientId, granted.audience);
  state.consents.set(at, new Set([...(state.consents.get(at) ?? []), ...granted.scopes]));
}
