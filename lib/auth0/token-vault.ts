import type { OAuthConfig } from '../config.ts';
import { OAuthError } from '../http/errors.ts';
import type { Result } from '../result.ts';
import { z } from '../schema.ts';
import { exchangeAsApiClient, isUserRefused } from './api-client.ts';
import { TenantError } from './errors.ts';

/** Seconds for which a token counts whose end is not known. */
const unknownLifetimeSeconds = 300;

const exchanged = z.object({
  access_token: z.string().min(1),
  /** Left out, or far away, for tokens that do not end. */
  expires_in: z.number().positive().optional(),
  scope: z.string().optional(),
});

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
  const answer = await exchangeAsApiClient(oauth, 'Token Vault', request.subjectToken, {
    grant_type: 'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token',
    requested_token_type: 'http://auth0.com/oauth/token-type/federated-connection-access-token',
    connection: request.connection,
  });
  if ('body' in answer) {
    const parsed = exchanged.safeParse(answer.body);
    if (!parsed.success) throw new TenantError('unavailable', 'Token Vault answered in an unknown shape');
    const { access_token: token, expires_in = unknownLifetimeSeconds, scope } = parsed.data;
    // Some providers, such as GitHub, separate scopes by commas.
    const scopes = scope?.split(/[ ,]+/).filter(Boolean);
    return { value: { token, expiresInSeconds: expires_in, scopes } };
  }
  const { status, error, detail } = answer;
  const failure = status === 401 ? failures[error] : undefined;
  if (failure) return { failure };
  // 401 with `access_denied` is a wrong client secret.
  if (status !== 401 && isUserRefused(error))
    throw new OAuthError('access_denied', 'The identity provider does not allow this for the user.', {
      cause: new Error(detail),
    });
  throw new TenantError(status === 401 ? 'unauthorized' : 'invalid', detail);
}
