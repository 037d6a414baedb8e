import type { OAuthConfig } from '../config.ts';
import { OAuthError } from '../http/errors.ts';
import { z } from '../schema.ts';
import { accessTokenType, exchangeAsApiClient, isUserRefused } from './api-client.ts';
import { TenantError } from './errors.ts';

const exchanged = z.object({
  access_token: z.string().min(1),
  expires_in: z.number().positive(),
  scope: z.string().optional(),
});

/** A token for another API, on behalf of a user. */
export type ExchangedToken = { token: string; expiresInSeconds: number; scopes: string[] };

/**
 * Exchanges a user's token for our API for one with another audience (RFC 8693, Auth0's on-behalf-of token exchange),
 * as the tenant's custom API client (`AUTH0_API_CLIENT_ID`).
 *
 * @param request.scopes at least one; the tenant may grant fewer.
 * @throws OAuthError `access_denied` if the user may not; `invalid_target` if this server may not call that API, or the API
 * does not exist.
 * @throws TenantError if the tenant is busy, down, or not set up for this.
 */
export async function exchangeOnBehalfOf(
  oauth: OAuthConfig,
  request: { subjectToken: string; audience: string; scopes: string[] },
): Promise<ExchangedToken> {
  const answer = await exchangeAsApiClient(oauth, 'token exchange', request.subjectToken, {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    requested_token_type: accessTokenType,
    audience: request.audience,
    scope: request.scopes.join(' '),
  });
  if ('body' in answer) {
    const parsed = exchanged.safeParse(answer.body);
    if (!parsed.success)
      throw new TenantError('unavailable', 'the token exchange was answered in an unknown shape');
    const { access_token, expires_in, scope } = parsed.data;
    const scopes = (scope ?? scopeIn(access_token))?.split(' ').filter(Boolean) ?? request.scopes;
    return { token: access_token, expiresInSeconds: expires_in, scopes };
  }
  const { status, error, detail } = answer;
  const cause = new Error(detail);
  if (isUserRefused(error))
    throw new OAuthError('access_denied', 'The identity provider does not allow this for the user.', {
      cause,
    });
  if (error === 'invalid_target')
    throw new OAuthError('invalid_target', 'This server may not call that API for its users.', { cause });
  throw new TenantError(status === 401 ? 'unauthorized' : 'invalid', detail);
}

/**
 * The scopes that a JWT names. A response may leave `scope` out if it is what was asked for (RFC 8693 section 2.2.1), and
 * Auth0 also does if nothing was granted. Not verified: the token comes straight from the tenant.
 */
function scopeIn(token: string): string | undefined {
  const [, claims, signature] = token.split('.');
  if (claims === undefined || signature === undefined) return undefined;
  try {
    const { scope } = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8'));
    return typeof scope === 'string' ? scope : '';
  } catch {
    return undefined;
  }
}
