import type { OAuthError } from '../http/errors.ts';
import type { Result } from '../result.ts';
import type { Principal } from './principal.ts';

/**
 * What became of a presented token: whose it is; why it is refused, in words for a `WWW-Authenticate` header; or an
 * error if that cannot be known right now, which must not be a 401 because clients would throw their sign-in away.
 */
export type Verification = Result<Principal, string | OAuthError>;

/** Whether a token has the three parts of a JWS (RFC 7515). Ours have five, and Auth0's other access tokens are opaque. */
export function isJwt(token: string): boolean {
  return token.split('.').length === 3;
}
