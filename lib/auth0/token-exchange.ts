import type { OAuthConfig } from '../config.ts';
import { OAuthError } from '../http/errors.ts';
import { scrub } from '../log.ts';
import { z } from '../schema.ts';
import { TenantError } from './errors.ts';
import { retryAfterOf } from './rate-limit.ts';
import { askTenant, deadlineIn } from './request.ts';

const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token';
const timeoutMs = 8000;

const exchanged = z.object({
  access_token: z.string().min(1),
  expires_in: z.number().positive(),
  scope: z.string().optional(),
});

const refusal = z.object({ error: z.string(), error_description: z.string().optional() });

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
  const { apiClient } = oauth;
  if (!apiClient)
    throw new TenantError('invalid', 'AUTH0_API_CLIENT_ID and AUTH0_API_CLIENT_SECRET are not set');
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    client_id: apiClient.id,
    client_secret: apiClient.secret,
    subject_token: request.subjectToken,
    subject_token_type: accessTokenType,
    requested_token_type: accessTokenType,
    audience: request.audience,
    scope: request.scopes.join(' '),
  };
  const deadline = deadlineIn(timeoutMs);
  const ask = () => askTenant(oauth, { method: 'POST', path: '/oauth/token', form, deadline });
  const { status, headers, body } = await ask().catch(ask);
  if (status === 200) {
    const parsed = exchanged.safeParse(body);
    if (!parsed.success)
      throw new TenantError('unavailable', 'the token exchange was answered in an unknown shape');
    const { access_token, expires_in, scope } = parsed.data;
    const scopes = (scope ?? scopeIn(access_token))?.split(' ').filter(Boolean) ?? request.scopes;
    return { token: access_token, expiresInSeconds: expires_in, scopes };
  }
  const { error = 'none', error_description = '' } = refusal.safeParse(body).data ?? {};
  const detail = `token exchange answered ${status} ${scrub(`${error}: ${error_description}`).slice(0, 200)}`;
  if (status === 429)
    throw new TenantError('rate-limited', detail, { retryAfterSeconds: retryAfterOf(headers) });
  const cause = new Error(detail);
  if (error === 'access_denied' || error === 'unauthorized' || error === 'invalid_grant')
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
