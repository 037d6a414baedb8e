import type { OAuthConfig } from '../config.ts';
import { OAuthError } from '../http/errors.ts';
import { scrub } from '../log.ts';
import { z } from '../schema.ts';
import { TenantError } from './errors.ts';
import { retryAfterOf } from './rate-limit.ts';
import { askTenant, deadlineIn, type TenantAnswer } from './request.ts';

const upstreamTokens = z.object({
  access_token: z.string().min(1),
  expires_in: z.number().positive(),
  refresh_token: z.string().min(1).optional(),
  id_token: z.string().optional(),
  scope: z.string().optional(),
});

/** Milliseconds for everything, a repetition included: clients wait ten seconds, and the store may be slow too. */
const timeoutMs = 7000;

/** The tenant's token response. */
export type UpstreamTokens = z.infer<typeof upstreamTokens>;

const upstreamError = z.object({ error: z.string(), error_description: z.string().optional() });

/**
 * Redeems a code or a refresh token at the tenant.
 *
 * @param form the token request, the Auth0 application's `client_id` included.
 * @param options.repeatable ask once more if no answer came.
 * @throws OAuthError `invalid_grant` (400, where Auth0 says 403), `invalid_client` if the application is gone.
 * @throws TenantError if the tenant is busy, down, or not set up for us.
 */
export async function redeemAtTenant(
  oauth: OAuthConfig,
  form: Record<string, string>,
  options: { repeatable?: boolean } = {},
): Promise<UpstreamTokens> {
  const deadline = deadlineIn(timeoutMs);
  const ask = () => askTenant(oauth, { method: 'POST', path: '/oauth/token', form, deadline });
  const answer = await (options.repeatable ? ask().catch(ask) : ask());
  if (answer.status !== 200) throw refusal(answer);
  const tokens = upstreamTokens.safeParse(answer.body);
  if (!tokens.success) throw new TenantError('unavailable', '/oauth/token answered in an unknown shape');
  return tokens.data;
}

function refusal({ status, headers, body }: TenantAnswer): OAuthError {
  const { error = 'none', error_description = '' } = upstreamError.safeParse(body).data ?? {};
  const detail = `/oauth/token answered ${status} ${scrub(`${error}: ${error_description}`).slice(0, 200)}`;
  const cause = new Error(detail);
  if (status === 429)
    return new TenantError('rate-limited', detail, { retryAfterSeconds: retryAfterOf(headers) });
  if (status === 401)
    return new OAuthError('invalid_client', 'This client is no longer known. Connect again.', { cause });
  if (error === 'invalid_grant')
    return new OAuthError('invalid_grant', 'It is no longer valid. Sign in again.', { cause });
  // A rule or an Action of the tenant that turns the user away.
  if (error === 'access_denied' || error === 'unauthorized')
    return new OAuthError('invalid_grant', 'The identity provider refuses this user.', { cause });
  return new TenantError('invalid', detail);
}

/**
 * Ends a refresh token at the tenant, and with it its whole family (`POST /oauth/revoke`).
 *
 * @param application the Auth0 application that it was issued to.
 * @throws TenantError
 */
export async function revokeAtTenant(
  oauth: OAuthConfig,
  application: string,
  refreshToken: string,
): Promise<void> {
  const form = { client_id: application, token: refreshToken };
  const deadline = deadlineIn(timeoutMs);
  const ask = () => askTenant(oauth, { method: 'POST', path: '/oauth/revoke', form, deadline });
  const { status, headers } = await ask().catch(ask);
  if (status === 429)
    throw new TenantError('rate-limited', '/oauth/revoke answered 429', {
      retryAfterSeconds: retryAfterOf(headers),
    });
  // The tokens of an application that is gone (401) are gone with it.
  if (status !== 200 && status !== 401) throw new TenantError('invalid', `/oauth/revoke answered ${status}`);
}

const userInfo = z.object({ sub: z.string().min(1) });

/**
 * Whose an opaque access token is, by the tenant's `/userinfo`; undefined if the tenant does not know the token. It
 * proves neither audience nor client: ask only for a token that the tenant has just handed to us.
 *
 * @throws TenantError
 */
export async function subjectByUserInfo(oauth: OAuthConfig, token: string): Promise<string | undefined> {
  const { status, body } = await askTenant(oauth, { method: 'GET', path: '/userinfo', bearer: token });
  if (status === 401 || status === 403) return undefined;
  const parsed = userInfo.safeParse(body);
  if (status !== 200 || !parsed.success)
    throw new TenantError('unavailable', `/userinfo answered ${status} in an unknown shape`);
  return parsed.data.sub;
}
