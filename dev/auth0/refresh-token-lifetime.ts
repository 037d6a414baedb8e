import type { TenantState } from './model/state.ts';

/** Seconds a refresh token still has: the idle lifetime, cut off at the absolute one. */
export function refreshTokenLifetime(
  state: TenantState,
  clientId: string | undefined,
  issuedAt: number,
): number {
  const settings = state.applications.get(clientId ?? '')?.refresh_token;
  const never = 10 * 365 * 86400;
  if (settings === undefined || settings.expiration_type === 'non-expiring') return never;
  const idle = settings.infinite_idle_token_lifetime ? never : settings.idle_token_lifetime;
  const age = Math.floor(Date.now() / 1000) - issuedAt;
  const absolute = settings.infinite_token_lifetime ? never : settings.token_lifetime - age;
  return Math.max(1, Math.min(idle, absolute));
}
