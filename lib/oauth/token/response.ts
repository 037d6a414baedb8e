import { type Grant, lifetimeSecondsOf, sealAccessToken } from '../../access-token/grant.ts';
import type { SignInConfig } from '../../config.ts';
import { sealRefreshToken } from './refresh-token.ts';

/** A token response (RFC 6749 section 5.1). */
export type TokenResponse = {
  access_token: string;
  token_type: 'Bearer';
  expires_in: number;
  /** Exactly what the access token carries. */
  scope: string;
  refresh_token?: string;
};

/**
 * A new token pair for a grant.
 *
 * @param scopes what the access token is to carry; the refresh token keeps the whole grant (RFC 6749 section 6).
 * @param generation of the refresh token; there is one only if the user lets the client stay connected.
 */
export function tokenResponse(
  config: SignInConfig,
  grant: Grant,
  scopes: string[],
  generation: number,
): TokenResponse {
  const lifetimeSeconds = lifetimeSecondsOf(config, grant);
  const response: TokenResponse = {
    access_token: sealAccessToken(config, { ...grant, scopes }, lifetimeSeconds),
    token_type: 'Bearer',
    expires_in: lifetimeSeconds,
    scope: scopes.join(' '),
  };
  if (grant.upstream !== undefined) response.refresh_token = sealRefreshToken(config, { grant, generation });
  return response;
}
