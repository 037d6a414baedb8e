import { errors, type JWTPayload, jwtVerify } from 'jose';
import { z } from 'zod';
import type { OAuthConfig } from '../config.ts';
import { withSigningKeys } from './signing-keys.ts';
import type { Verification } from './verification.ts';

/** Seconds by which the tenant's clock may differ from ours. */
const clockTolerance = 10;

/**
 * Claims of an Auth0 access token. The client is `azp` or `client_id`, depending on the API's token dialect;
 * an ID token has neither `scope` nor our audience and carries `nonce` or a hash of its siblings.
 */
const accessTokenClaims = z.object({
  sub: z.string().min(1),
  exp: z.number(),
  azp: z.string().min(1).optional(),
  client_id: z.string().min(1).optional(),
  scope: z.string().optional(),
  email: z.string().optional(),
  name: z.string().optional(),
  nonce: z.undefined().optional(),
  at_hash: z.undefined().optional(),
  c_hash: z.undefined().optional(),
  events: z.undefined().optional(),
});

/** Whether a token has the three parts of a JWS; Auth0's other access tokens are opaque. */
export function isJwt(token: string): boolean {
  return token.split('.').length === 3;
}

/**
 * Verifies a JWT access token (RFC 9068, in Auth0's dialects): signature by the tenant's keys (RS256 alone),
 * issuer, audience, expiry, and that it is an access token. No network call once the keys are known.
 */
export async function verifyJwt(token: string, oauth: OAuthConfig): Promise<Verification> {
  let payload: JWTPayload;
  try {
    const verified = await withSigningKeys(oauth.jwksUri, (keySet) =>
      jwtVerify(token, keySet, {
        issuer: oauth.issuer,
        audience: oauth.audiences,
        algorithms: ['RS256'],
        clockTolerance,
        requiredClaims: ['sub', 'exp', 'iat'],
      }),
    );
    const type = verified.protectedHeader.typ?.toLowerCase().replace(/^application\//, '') ?? 'jwt';
    if (type !== 'jwt' && type !== 'at+jwt') return { refused: 'The token is not an access token' };
    payload = verified.payload;
  } catch (error) {
    return whyRefused(error);
  }
  const claims = accessTokenClaims.safeParse(payload);
  const clientId = claims.data?.client_id ?? claims.data?.azp;
  if (!claims.success || !clientId) return { refused: 'The token is not an access token' };
  const { sub, exp, scope = '', email, name } = claims.data;
  return {
    principal: {
      issuer: oauth.issuer,
      subject: sub,
      clientId,
      // `permissions` lists all that the user may do, granted to this client or not: only `scope` counts.
      scopes: scope.split(' ').filter(Boolean),
      audience: [payload.aud ?? []].flat(),
      expiresAt: exp,
      email,
      name,
    },
  };
}

function whyRefused(error: unknown): Verification {
  if (error instanceof errors.JWTExpired) return { refused: 'The token has expired' };
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'aud') return { refused: 'The token is for another audience' };
    if (error.claim === 'iss') return { refused: 'The token is from another issuer' };
    return { refused: 'The token is not an access token' };
  }
  const keysMissing =
    error instanceof errors.JWKSTimeout ||
    !(error instanceof errors.JOSEError) ||
    error.code === 'ERR_JOSE_GENERIC' ||
    error.code === 'ERR_JWKS_INVALID';
  if (keysMissing)
    return { unavailable: 'The signing keys of the tenant cannot be fetched', retryAfter: 10, cause: error };
  return { refused: 'The token is not valid' };
}
