import { randomAlphanumerics } from './model/identifiers.ts';
import type { RefreshToken, StoredRecord } from './model/records.ts';
import { type TenantState, tenantNow, tenantNowMs } from './model/state.ts';

/** Longer than any tenant runs. */
const unlimitedSeconds = 10 * 365 * 86400;

/** Seconds until a refresh token expires: the idle lifetime, but at most the rest of the absolute lifetime. */
export function refreshTokenLifetimeSeconds(
  state: TenantState,
  clientId: string | undefined,
  ageSeconds: number,
): number {
  const { refreshTokenLifetimeSeconds: absoluteOverride, refreshTokenIdleLifetimeSeconds: idleOverride } =
    state.switches;
  const settings = state.applications.get(clientId ?? '')?.refresh_token;
  const expiring = settings?.expiration_type === 'expiring';
  const idle = expiring && !settings.infinite_idle_token_lifetime && settings.idle_token_lifetime;
  const absolute = expiring && !settings.infinite_token_lifetime && settings.token_lifetime;
  const idleSeconds = idleOverride ?? (idle || unlimitedSeconds);
  const absoluteSeconds = absoluteOverride ?? (absolute || unlimitedSeconds);
  return Math.max(1, Math.min(idleSeconds, absoluteSeconds - ageSeconds));
}

/** Stores a new refresh token. If the user then has too many for the application, the oldest is deleted. */
export function storeRefreshToken(state: TenantState, token: string, record: StoredRecord): void {
  const { accountId, clientId } = record.payload;
  state.refreshTokens.set(token, {
    ...record,
    id: `dcr_${randomAlphanumerics(16)}`,
    rotating: state.applications.get(clientId ?? '')?.refresh_token.rotation_type === 'rotating',
    createdAtMs: tenantNowMs(state),
  });
  const active = activeRefreshTokens(state, { userId: accountId, clientId });
  const excess = active.length - state.switches.refreshTokensPerUser;
  for (const [oldestToken] of active.slice(0, Math.max(0, excess))) state.refreshTokens.delete(oldestToken);
}

/** The tokens that can still be exchanged, oldest first. */
export function activeRefreshTokens(
  state: TenantState,
  filter: { userId?: string | undefined; clientId?: string | undefined },
): [token: string, record: RefreshToken][] {
  return [...state.refreshTokens].filter(
    ([, { payload, expiresAtMs, consumedAtMs }]) =>
      consumedAtMs === undefined &&
      expiresAtMs > tenantNowMs(state) &&
      (filter.userId === undefined || payload.accountId === filter.userId) &&
      (filter.clientId === undefined || payload.clientId === filter.clientId),
  );
}

/**
 * Completes the exchange of a refresh token.
 *
 * - Not replaced: its idle lifetime starts again.
 * - Replaced because rotation was switched off: the rest of its family is revoked.
 * - Replaced because rotation was switched on: the user's other non-rotating tokens for the same application and API
 *   are deleted.
 *
 * Source: Auth0, "Configure Refresh Token Rotation".
 */
export function completeExchange(state: TenantState, used: string, replacement: string | undefined): void {
  const record = state.refreshTokens.get(used);
  if (record === undefined) return;
  record.lastExchangedAtMs = tenantNowMs(state);
  const next = replacement === undefined ? undefined : state.refreshTokens.get(replacement);
  if (next === undefined) restartIdleLifetime(state, record);
  else if (record.rotating && !next.rotating) {
    deleteTokens(state, (each) => each.rotating && each.payload.grantId === record.payload.grantId);
  } else if (!record.rotating && next.rotating) {
    deleteTokens(state, (each) => !each.rotating && sameGrant(state, each, record));
  }
}

function restartIdleLifetime(state: TenantState, record: RefreshToken): void {
  const { payload } = record;
  const ageSeconds = tenantNow(state) - (payload.iiat ?? payload.iat ?? tenantNow(state));
  const lifetimeSeconds = refreshTokenLifetimeSeconds(state, payload.clientId, ageSeconds);
  payload.exp = tenantNow(state) + lifetimeSeconds;
  record.expiresAtMs = tenantNowMs(state) + lifetimeSeconds * 1000;
}

/**
 * Revokes a refresh token with its family. If the tenant's flag `revoke_refresh_token_grant` is set, everything that
 * the user granted the application for this API is revoked too. Tenants created before 2021 have it set.
 */
export function revokeRefreshToken(state: TenantState, record: RefreshToken): void {
  const { grantId } = record.payload;
  const withGrant = state.settings.flags.revoke_refresh_token_grant ?? false;
  deleteTokens(
    state,
    (each) => each.payload.grantId === grantId || (withGrant && sameGrant(state, each, record)),
  );
}

/** Deletes the refresh tokens that match. */
export function deleteTokens(state: TenantState, matches: (record: RefreshToken) => boolean): void {
  for (const [token, record] of state.refreshTokens) if (matches(record)) state.refreshTokens.delete(token);
}

/** Whether two tokens belong to the same user, application and API. */
function sameGrant(state: TenantState, a: RefreshToken, b: RefreshToken): boolean {
  const audience = ({ payload }: RefreshToken) => state.granted.get(payload.grantId ?? '')?.audience;
  return (
    a.payload.accountId === b.payload.accountId &&
    a.payload.clientId === b.payload.clientId &&
    audience(a) === audience(b)
  );
}
