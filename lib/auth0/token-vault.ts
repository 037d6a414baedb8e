import type { OAuthConfig } from '../config.ts';
import { OAuthError } from '../http/errors.ts';
import { scrub } from '../log.ts';
import type { Result } from '../result.ts';
import { z } from '../schema.ts';
import { TenantError } from './errors.ts';
import { retryAfterOf } from './rate-limit.ts';
import { askTenant, deadlineIn } from './request.ts';

/** Seconds for which a token counts whose end is not known. */
const unknownLifetimeSeconds = 300;
/** The tenant may have to ask the provider for a new token. */
const timeoutMs = 8000;

const exchanged = z.object({
  access_token: z.string().min(1),
  /** Left out, or far away, for tokens that do not end. */
  expires_in: z.number().positive().optional(),
  scope: z.string().optional(),
});

const refusal = z.object({ error: z.string(), error_description: z.string().optional() });

/** A provider's token for a user's account. */
export type AccountToken = {
  token: string;
  expiresInSeconds: number;
  /** What the user granted at the provider; undefined if the tenant does not say. */
  scopes: string[] | undefined;
};

/** Why there is no token: no account is connected, or its provider no longer accepts what the tenant holds. */
export type AccountFailure = 'not-connected' | 'withdrawn';

const failures: Record<string, AccountFailure> = {
  federated_connection_refresh_token_not_found: 'not-connected',
  federated_connection_refresh_token_flow_failed: 'withdrawn',
};

/**
 * Exchanges a user's token for our API for the token of an account that the user has connected (Auth0 Token Vault, access
 * token exchange), as the tenant's custom API client (`AUTH0_API_CLIENT_ID`). Source: Auth0 docs,
 * `secure/call-apis-on-users-behalf/token-vault/access-token-exchange-with-token-vault`; the names of the two 401 errors are
 * those that deployments report.
 *
 * @param request.connection the connection's name, such as `google-oauth2`.
 * @throws OAuthError `access_denied` if the user may not sign in any more.
 * @throws TenantError if the tenant is busy, down, or not set up for this.
 */
export async function exchangeForAccount(
  oauth: OAuthConfig,
  request: { subjectToken: string; connection: string },
): Promise<Result<AccountToken, AccountFailure>> {
  const { apiClient } = oauth;
  if (!apiClient)
    throw new TenantError('invalid', 'AUTH0_API_CLIENT_ID and AUTH0_API_CLIENT_SECRET are not set');
  const form = {
    grant_type: 'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token',
    client_id: apiClient.id,
    client_secret: apiClient.secret,
    subject_token: request.subjectToken,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    requested_token_type: 'http://auth0.com/oauth/token-type/federated-connection-access-token',
    connection: request.connection,
  };
  const deadline = deadlineIn(timeoutMs);
  const ask = () => askTenant(oauth, { method: 'POST', path: '/oauth/token', form, deadline });
  const { status, headers, body } = await ask().catch(ask);
  if (status === 200) {
    const parsed = exchanged.safeParse(body);
    if (!parsed.success) throw new TenantError('unavailable', 'Token Vault answered in an unknown shape');
    const { access_token: token, expires_in = unknownLifetimeSeconds, scope } = parsed.data;
    // Some providers, such as GitHub, separate scopes by commas.
    const scopes = scope?.split(/[ ,]+/).filter(Boolean);
    return { value: { token, expiresInSeconds: expires_in, scopes } };
  }
  const { error = 'none', error_description = '' } = refusal.safeParse(body).data ?? {};
  const detail = `Token Vault answered ${status} ${scrub(`${error}: ${error_description}`).slice(0, 200)}`;
  if (status === 429)
    throw new TenantError('rate-limited', detail, { retryAfterSeconds: retryAfterOf(headers) });
  const failure = status === 401 ? failures[error] : undefined;
  if (failure) return { failure };
  // 401 with `access_denied` is a wrong client secret.
  if (status !== 401 && ['access_denied', 'unauthorized', 'invalid_grant'].includes(error))
    throw new OAuthError('access_denied', 'The identity provider does not allow this for the user.', {
      cause: new Error(detail),
    });
  throw new TenantError(status === 401 ? 'unauthorized' : 'invalid', detail);
}
