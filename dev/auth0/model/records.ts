import type { AdapterPayload } from 'oidc-provider';

/** Something oidc-provider stores, such as a session or a code. All times are on the tenant's clock. */
export type StoredRecord = { payload: AdapterPayload; expiresAtMs: number; consumedAtMs?: number };

/** A refresh token. Its key in `TenantState.refreshTokens` is the token itself. */
export type RefreshToken = StoredRecord & {
  /** How the Management API names the token, which it never shows. */
  id: string;
  /** Whether the application's tokens rotated when this one was issued. */
  rotating: boolean;
  createdAtMs: number;
  lastExchangedAtMs?: number;
};

const datedClaims = ['iat', 'exp', 'iiat', 'loginTs'] as const;

/**
 * Moves a payload's times. oidc-provider only knows the machine's clock: records are stored on the tenant's clock and
 * moved back when they are read, so that the two can differ.
 */
export function shiftTimes(payload: AdapterPayload, seconds: number): AdapterPayload {
  const shifted = { ...payload };
  for (const claim of datedClaims) {
    const value = shifted[claim];
    if (typeof value === 'number') shifted[claim] = value + seconds;
  }
  return shifted;
}
