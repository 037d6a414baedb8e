import type { OAuthConfig } from '../config.ts';
import { scrub } from '../log.ts';
import { z } from '../schema.ts';
import { TenantError } from './errors.ts';
import { retryAfterOf } from './rate-limit.ts';
import { askTenant, deadlineIn } from './request.ts';

/** The tenant may have to ask somebody else for the token. */
const timeoutMs = 8000;

export const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token';

const refusal = z.object({ error: z.string(), error_description: z.string().optional() });

/** What the tenant answered: a body, or the error that it named, with `detail` for logs. */
export type Exchanged = { body: unknown } | { status: number; error: string; detail: string };

/**
 * Exchanges a user's token for our API for another token, as the tenant's custom API client (`AUTH0_API_CLIENT_ID`). Asks once
 * more if there is no answer.
 *
 * @param what the exchange in messages for the operator.
 * @param form the parameters that say which token is wanted.
 * @throws TenantError if the tenant is busy or down, or if there is no such client.
 */
export async function exchangeAsApiClient(
  oauth: OAuthConfig,
  what: string,
  subjectToken: string,
  form: Record<string, string>,
): Promise<Exchanged> {
  const { apiClient } = oauth;
  if (!apiClient)
    throw new TenantError('invalid', 'AUTH0_API_CLIENT_ID and AUTH0_API_CLIENT_SECRET are not set');
  const parameters = {
    client_id: apiClient.id,
    client_secret: apiClient.secret,
    subject_token: subjectToken,
    subject_token_type: accessTokenType,
    ...form,
  };
  const deadline = deadlineIn(timeoutMs);
  const ask = () => askTenant(oauth, { method: 'POST', path: '/oauth/token', form: parameters, deadline });
  const { status, headers, body } = await ask().catch(ask);
  if (status === 200) return { body };
  const { error = 'none', error_description = '' } = refusal.safeParse(body).data ?? {};
  const detail = `${what} answered ${status} ${scrub(`${error}: ${error_description}`).slice(0, 200)}`;
  if (status === 429)
    throw new TenantError('rate-limited', detail, { retryAfterSeconds: retryAfterOf(headers) });
  return { status, error, detail };
}

/** Whether an error says that the user may not, or may no longer. */
export function isUserRefused(error: string): boolean {
  return ['access_denied', 'unauthorized', 'invalid_grant'].includes(error);
}
