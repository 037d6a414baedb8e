import { createRemoteJWKSet, customFetch, errors, type JWTPayload, jwtVerify } from 'jose';
import { z } from 'zod';
import type { OAuthConfig } from '../config.ts';
import { log, timed } from '../log.ts';
import type { Verification } from './verification.ts';

/** Milliseconds after which the tenant's keys are fetched again, beside the request that notices. */
const keyRefresh = 10 * 60_000;
/** Seconds by which the tenant's clock may differ from ours. */
const clockTolerance = 10;

type Keys = { set: ReturnType<typeof createRemoteJWKSet>; checked: number };

const keySets = new Map<string, Keys>();

/**
 * The tenant's signing keys, in memory. They never go stale on the spot, so that tokens still verify while
 * the tenant is down; a refresh in the background notices withdrawn keys, an unknown `kid` fetches at once
 * (at most every 30 s, so that forged key ids cannot make us hammer the tenant).
 */
function keySet(jwksUri: string): Keys['set'] {
  let keys = keySets.get(jwksUri);
  if (!keys) {
    const set = createRemoteJWKSet(new URL(jwksUri), {
      cacheMaxAge: Number.POSITIVE_INFINITY,
      cooldownDuration: 30_000,
      timeoutDuration: 3_000,
      [customFetch]: (url, options) => timed('auth0', () => fetch(url, options)),
    });
    keys = { set, checked: Date.now() };
    keySets.set(jwksUri, keys);
  }
  if (Date.now() - keys.checked > keyRefresh) {
    keys.checked = Date.now();
    keys.set.reload().catch(() => log('warn', 'signing keys not refreshed, the known ones stay in use'));
  }
  return keys.set;
}

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
  nonce: z.undefined(),
  at_hash: z.undefined(),
  c_hash: z.undefined(),
  events: z.undefined(),
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
    const verified = await jwtVerify(token, keySet(oauth.jwksUri), {
      issuer: oauth.issuer,
      audience: oauth.audiences,
      algorithms: ['RS256'],
      clockTolerance,
      requiredClaims: ['sub', 'exp', 'iat'],
    });
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
