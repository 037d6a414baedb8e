import { randomBytes } from 'node:crypto';
import type { CalendarEvent } from './calendar.ts';

/** Somebody's account at the provider. */
export type ProviderAccount = { email: string; name: string; events: CalendarEvent[] };

/** What an account has granted the client. */
type ProviderGrant = { email: string; scopes: string[]; isWithdrawn: boolean };

type Code = { grant: ProviderGrant; redirectUri: string; expiresAtMs: number };

export type ProviderGrants = {
  switches: { accessTokenSeconds: number };
  grants: ProviderGrant[];
  codes: Map<string, Code>;
  refreshTokens: Map<string, ProviderGrant>;
  accessTokens: Map<string, { grant: ProviderGrant; expiresAtMs: number }>;
};

const codeLifetimeMs = 60_000;

export function newGrants(switches: { accessTokenSeconds: number }): ProviderGrants {
  return { switches, grants: [], codes: new Map(), refreshTokens: new Map(), accessTokens: new Map() };
}

/** Notes that an account has agreed; the code for it. */
export function startGrant(
  state: ProviderGrants,
  { email, scopes, redirectUri }: { email: string; scopes: string[]; redirectUri: string },
): string {
  const grant = { email, scopes, isWithdrawn: false };
  state.grants.push(grant);
  const code = `4/${randomBytes(24).toString('base64url')}`;
  state.codes.set(code, { grant, redirectUri, expiresAtMs: Date.now() + codeLifetimeMs });
  return code;
}

/** `POST /token` (RFC 6749 sections 4.1.3 and 6), with Google's errors. */
export function answerToken(
  state: ProviderGrants,
  client: { id: string; secret: string },
  form: URLSearchParams,
): { status: number; json: object } {
  if (form.get('client_id') !== client.id || form.get('client_secret') !== client.secret)
    return error(401, 'invalid_client', 'Unauthorized');
  if (form.get('grant_type') === 'authorization_code') {
    const name = form.get('code') ?? '';
    const code = state.codes.get(name);
    state.codes.delete(name);
    if (!code || code.expiresAtMs < Date.now()) return error(400, 'invalid_grant', 'Malformed auth code.');
    if (code.redirectUri !== form.get('redirect_uri'))
      return error(400, 'redirect_uri_mismatch', 'Bad Request');
    const refreshToken = `1//${randomBytes(32).toString('base64url')}`;
    state.refreshTokens.set(refreshToken, code.grant);
    return { status: 200, json: { ...newAccessToken(state, code.grant), refresh_token: refreshToken } };
  }
  if (form.get('grant_type') === 'refresh_token') {
    const grant = state.refreshTokens.get(form.get('refresh_token') ?? '');
    if (!grant || grant.isWithdrawn) return error(400, 'invalid_grant', 'Token has been expired or revoked.');
    return { status: 200, json: newAccessToken(state, grant) };
  }
  return error(400, 'unsupported_grant_type', 'Invalid grant_type');
}

function newAccessToken(state: ProviderGrants, grant: ProviderGrant) {
  const token = `ya29.${randomBytes(48).toString('base64url')}`;
  const seconds = state.switches.accessTokenSeconds;
  state.accessTokens.set(token, { grant, expiresAtMs: Date.now() + seconds * 1000 });
  return { access_token: token, expires_in: seconds, scope: grant.scopes.join(' '), token_type: 'Bearer' };
}

const error = (status: number, code: string, description: string) => ({
  status,
  json: { error: code, error_description: description },
});
