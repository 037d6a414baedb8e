import { z } from 'zod';
import { TenantError, tenantRefusal } from '../../auth0/errors.ts';
import { retryAfterOf } from '../../auth0/rate-limit.ts';
import { askTenant, deadlineIn, type TenantAnswer } from '../../auth0/request.ts';
import type { OAuthConfig } from '../../config.ts';
import { OAuthError } from '../../http/errors.ts';
import { scrub } from '../../log.ts';

const upstreamTokens = z.object({
  access_token: z.string().min(1),
  expires_in: z.number().positive(),
  refresh_token: z.string().min(1).optional(),
  id_token: z.string().optional(),
  scope: z.string().optional(),
});

/** Milliseconds for everything, a repetition included: clients wait ten seconds for their tokens. */
const redeemingTime = 8000;

/** The tenant's token response. */
export type UpstreamTokens = z.infer<typeof upstreamTokens>;

const upstreamError = z.object({ error: z.string(), error_description: z.string().optional() });

/**
 * Redeems a code or a refresh token at the tenant.
 *
 * @param form the token request, the Auth0 application's `client_id` included.
 * @param options.repeatable ask once more when no answer came.
 * @throws OAuthError `invalid_grant` (400, where Auth0 says 403), `invalid_client` when the application is
 * gone, `temporarily_unavailable` with `Retry-After` when the tenant is busy or down, `server_error` when it is
 * not set up for us.
 */
export async function redeem(
  oauth: OAuthConfig,
  form: Record<string, string>,
  options: { repeatable?: boolean } = {},
): Promise<UpstreamTokens> {
  const deadline = deadlineIn(redeemingTime);
  const ask = () => askTenant(oauth, { method: 'POST', path: '/oauth/token', form, deadline });
  try {
    const answer = await (options.repeatable ? ask().catch(ask) : ask());
    if (answer.status !== 200) throw refusal(answer);
    const tokens = upstreamTokens.safeParse(answer.body);
    if (!tokens.success) throw new TenantError('unavailable', '/oauth/token answered in an unknown shape');
    return tokens.data;
  } catch (error) {
    throw tenantRefusal(error);
  }
}

function refusal({ status, headers, body }: TenantAnswer): Error {
  const { error = 'none', error_description = '' } = upstreamError.safeParse(body).data ?? {};
  const cause = new Error(
    `/oauth/token answered ${status} ${scrub(`${error}: ${error_description}`).slice(0, 200)}`,
  );
  if (status === 429)
    return new TenantError('rate-limited', cause.message, { retryAfter: retryAfterOf(headers) });
  if (status === 401)
    return new OAuthError('invalid_client', 'This client is not known any more. Connect again.', { cause });
  if (error === 'invalid_grant')
    return new OAuthError('invalid_grant', 'It is not valid any more. Sign in again.', { cause });
  // A rule or an action of the tenant that turns the user away.
  if (error === 'access_denied' || error === 'unauthorized')
    return new OAuthError('invalid_grant', 'The identity provider refuses this user.', { cause });
  return new TenantError('invalid', cause.message);
}
