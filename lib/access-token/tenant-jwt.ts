import { errors, type JWTPayload, jwtVerify } from 'jose';
import { TenantError } from '../auth0/errors.ts';
import type { OAuthConfig } from '../config.ts';
import type { Result } from '../result.ts';
import { z } from '../schema.ts';
import { withSigningKeys } from './signing-keys.ts';

/** Seconds by which the tenant's clock may differ from ours. */
const clockToleranceSeconds = 10;

/**
 * Claims of an Auth0 access token. The client is `azp` or `client_id`, depending on the API's token dialect.
 * An ID token has neither `scope` nor our audience and carries `nonce` or a hash of its siblings.
 */
const accessTokenClaims = z.object({
  sub: z.string().min(1),
  exp: z.number(),
  iat: z.number(),
  azp: z.string().min(1).optional(),
  client_id: z.string().min(1).optional(),
  scope: z.string().optional(),
  permissions: z.array(z.string()).optional(),
  org_id: z.string().min(1).optional(),
  org_name: z.string().min(1).optional(),
  nonce: z.undefined().optional(),
  at_hash: z.undefined().optional(),
  c_hash: z.undefined().optional(),
  events: z.undefined().optional(),
});

/** The claims about an organization. The name is there only if the tenant allows names in its Authentication API. */
export type ClaimedOrganization = { id: string; name: string | undefined };

/** What an Auth0 access token says. */
export type TenantToken = {
  subject: string;
  /** The Auth0 application that it was issued to. */
  application: string;
  /** What was granted to the application. */
  scopes: string[];
  /** Everything the user may do, granted to this application or not; only if the API uses role-based access control. */
  permissions: string[] | undefined;
  /** The organization that the user signed in to, or that a machine client acts for. */
  organization: ClaimedOrganization | undefined;
  issuedAtSeconds: number;
  expiresAtSeconds: number;
};

/**
 * Verifies a JWT access token of the tenant (RFC 9068, in Auth0's dialects): signature by the tenant's keys (RS256
 * alone), issuer, audience, expiry, and that it is an access token. No network call once the keys are known.
 *
 * @returns the token's content, or why it is refused, in words for a `WWW-Authenticate` header.
 * @throws TenantError if the signing keys cannot be fetched.
 */
export async function verifyTenantJwt(
  token: string,
  oauth: OAuthConfig,
): Promise<Result<TenantToken, string>> {
  let payload: JWTPayload;
  try {
    const verified = await withSigningKeys(oauth.jwksUri, (keySet) =>
      jwtVerify(token, keySet, {
        issuer: oauth.issuer,
        audience: oauth.audiences,
        algorithms: ['RS256'],
        clockTolerance: clockToleranceSeconds,
        requiredClaims: ['sub', 'exp', 'iat'],
      }),
    );
    const type = verified.protectedHeader.typ?.toLowerCase().replace(/^application\//, '') ?? 'jwt';
    if (type !== 'jwt' && type !== 'at+jwt') return { failure: 'The token is not an access token' };
    payload = verified.payload;
  } catch (error) {
    return { failure: whyRefused(error) };
  }
  const claims = accessTokenClaims.safeParse(payload).data;
  const application = claims?.client_id ?? claims?.azp;
  if (!claims || !application) return { failure: 'The token is not an access token' };
  return {
    value: {
      subject: claims.sub,
      application,
      scopes: (claims.scope ?? '').split(' ').filter(Boolean),
      permissions: claims.permissions,
      organization: claims.org_id === undefined ? undefined : { id: claims.org_id, name: claims.org_name },
      issuedAtSeconds: claims.iat,
      expiresAtSeconds: claims.exp,
    },
  };
}

function whyRefused(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'aud') return 'The token is for another audience';
    if (error.claim === 'iss') return 'The token is from another issuer';
    return 'The token is not an access token';
  }
  const keysMissing =
    error instanceof errors.JWKSTimeout ||
    !(error instanceof errors.JOSEError) ||
    error.code === 'ERR_JOSE_GENERIC' ||
    error.code === 'ERR_JWKS_INVALID';
  if (keysMissing)
    throw new TenantError('unavailable', 'the signing keys cannot be fetched', { cause: error });
  return 'The token is not valid';
}
