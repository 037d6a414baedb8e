import { decodeJwt, errors, jwtVerify } from 'jose';
import { withSigningKeys } from '../../../access-token/signing-keys.ts';
import type { SignInContext } from '../../../http/endpoint.ts';
import { OAuthError } from '../../../http/errors.ts';
import type { IdentityProvider } from '../../../identity-providers.ts';
import { errorFields, log } from '../../../log.ts';
import type { Result } from '../../../result.ts';
import { z } from '../../../schema.ts';

/** An allow-list (section 7.4.1): asymmetric only. */
const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'];
const clockToleranceSeconds = 10;
/** Seconds that an assertion may live: "short-lived" (section 7.4.2). Replay records are kept as long. */
const maxLifetimeSeconds = 3600;
const maxLength = 8192;

const claims = z.object({
  iss: z.string(),
  // A separator would let one company name the users of another.
  sub: z
    .string()
    .min(1)
    .max(255)
    .regex(/^[!-{}~]+$/),
  client_id: z.string().min(1),
  jti: z.string().min(1).max(512),
  iat: z.number(),
  exp: z.number(),
  resource: z.string().optional(),
  scope: z.string().optional(),
  email: z.string().max(320).optional().catch(undefined),
  name: z.string().max(200).optional().catch(undefined),
});

/** A verified Identity Assertion JWT Authorization Grant, and who issued it. */
export type IdJag = { provider: IdentityProvider; claims: z.infer<typeof claims> };

/**
 * Verifies an ID-JAG (draft-ietf-oauth-identity-assertion-authz-grant sections 3.1 and 4.4.1): its type, the signature by a
 * key of a trusted identity provider, that it is for this authorization server, and its time.
 *
 * @returns issuer and claims, or why it is refused, in public words.
 * @throws OAuthError `temporarily_unavailable` if the identity provider's keys cannot be fetched.
 */
export async function verifyIdJag(
  { config, origin }: SignInContext,
  assertion: string,
): Promise<Result<IdJag, string>> {
  const provider = config.oauth.identityProviders.find(({ issuer }) => issuer === issuerOf(assertion));
  if (!provider) return { failure: 'The assertion is from an issuer that is not trusted here.' };
  try {
    const { payload } = await withSigningKeys(provider.jwksUri, (keySet) =>
      jwtVerify(assertion, keySet, {
        typ: 'oauth-id-jag+jwt',
        issuer: provider.issuer,
        algorithms,
        clockTolerance: clockToleranceSeconds,
        requiredClaims: ['sub', 'aud', 'client_id', 'jti', 'iat', 'exp'],
      }),
    );
    // One audience: whoever else it names could use it here.
    if ([payload.aud].flat().length !== 1 || [payload.aud].flat()[0] !== origin)
      return { failure: 'The assertion is for another authorization server.' };
    const parsed = claims.safeParse(payload);
    if (!parsed.success) return { failure: 'The assertion is not an identity assertion.' };
    const { iat, exp } = parsed.data;
    if (iat > Date.now() / 1000 + clockToleranceSeconds)
      return { failure: 'The assertion is not valid yet.' };
    if (exp - iat > maxLifetimeSeconds) return { failure: 'The assertion lives too long.' };
    return { value: { provider, claims: parsed.data } };
  } catch (error) {
    return { failure: whyRefused(error) };
  }
}

/** Whose an assertion claims to be; decides only whose keys verify it. */
function issuerOf(assertion: string): string | undefined {
  if (assertion.length > maxLength) return undefined;
  try {
    return decodeJwt(assertion).iss;
  } catch {
    return undefined;
  }
}

function whyRefused(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The assertion has expired.';
  if (error instanceof errors.JWTClaimValidationFailed) return 'The assertion is not an identity assertion.';
  const refused =
    error instanceof errors.JOSEError &&
    error.code !== 'ERR_JOSE_GENERIC' &&
    !(error instanceof errors.JWKSTimeout);
  if (refused) return 'The assertion is not valid.';
  log('warn', 'keys of an identity provider not fetched', errorFields(error));
  throw new OAuthError('temporarily_unavailable', 'The identity provider does not answer.', {
    retryAfterSeconds: 10,
    cause: error,
  });
}
