import { OAuthError } from '../http/errors.ts';
import type { Parameters } from '../http/parameters.ts';
import { isSameText } from '../sealing.ts';
import { sha256 } from '../sha256.ts';

/**
 * The code challenge of an authorization request (RFC 7636 section 4.3). S256 must be named: a missing method
 * would mean `plain`.
 *
 * @throws OAuthError `invalid_request`
 */
export function requireChallenge(parameters: Parameters): string {
  const challenge = parameters.get('code_challenge');
  if (challenge === undefined)
    throw new OAuthError('invalid_request', 'code_challenge is missing: PKCE is required.');
  if (parameters.get('code_challenge_method') !== 'S256')
    throw new OAuthError('invalid_request', 'Only code_challenge_method S256 is supported.');
  if (!/^[\w-]{43}$/.test(challenge))
    throw new OAuthError('invalid_request', 'code_challenge is not a SHA-256 in base64url.');
  return challenge;
}

/**
 * Checks a token request's verifier against the challenge (RFC 7636 section 4.6). Auth0 checks it too; checking it
 * here first means that a wrong verifier does not use up the code.
 *
 * @throws OAuthError `invalid_grant`
 */
export function requireVerifier(challenge: string, verifier: string): void {
  const derived = sha256(verifier);
  const matches = /^[\w.~-]{43,128}$/.test(verifier) && isSameText(derived, challenge);
  if (!matches) throw new OAuthError('invalid_grant', 'code_verifier does not fit the code_challenge.');
}
