import { createLocalJWKSet, jwtVerify } from 'jose';
import type { Application } from '../model/applications.ts';
import { findUser, type TenantState, tenantNowMs } from '../model/state.ts';
import { publicJwks } from '../signing-keys.ts';
import { oauthError, type TokenReply } from '../token-reply.ts';
import { accountsOf, askProvider } from './vault.ts';

export const tokenVaultGrant =
  'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token';
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token';
const requestedTokenType = 'http://auth0.com/oauth/token-type/federated-connection-access-token';

/** Seconds before its end from which the provider's access token is replaced. */
const marginMs = 30_000;

/**
 * Token Vault's access token exchange. Enforced as its documentation says (`secure/call-apis-on-users-behalf/token-vault`):
 *
 * - the application is first-party, confidential, OIDC conformant, and has the grant type;
 * - it is the custom API client (`app_type` `resource_server`) of the API that the subject token is for;
 * - the subject token is an access token of the tenant for that API, of a user, not expired;
 * - 401 `federated_connection_refresh_token_not_found` if the user has no account at the connection, and
 *   `federated_connection_refresh_token_flow_failed` if the provider refuses to renew its token.
 */
export async function tokenVault(
  state: TenantState,
  application: Application,
  params: Record<string, string>,
): Promise<TokenReply> {
  const isCustomApiClient = application.app_type === 'resource_server';
  if (!isCustomApiClient || !application.is_first_party || !application.oidc_conformant)
    return oauthError(403, 'unauthorized_client', 'The client may not use Token Vault.');
  if (params.subject_token_type !== accessTokenType || params.requested_token_type !== requestedTokenType)
    return oauthError(400, 'invalid_request', 'Unsupported subject_token_type or requested_token_type.');
  const user = findUser(
    state,
    await subjectOf(state, String(application.resource_server_identifier), params.subject_token ?? ''),
  );
  if (!user) return oauthError(400, 'invalid_request', 'The subject token is not valid.');
  if (user.blocked) return oauthError(403, 'access_denied', 'user is blocked');

  const name = params.connection ?? '';
  const [account] = accountsOf(state, user.user_id, name);
  const provider = state.vault.providers.get(name);
  if (!account || !provider)
    return oauthError(
      401,
      'federated_connection_refresh_token_not_found',
      'No connected account was found for the connection.',
    );
  if (account.tokens.expiresAtMs - marginMs <= tenantNowMs(state)) {
    const { refreshToken } = account.tokens;
    const renewed =
      refreshToken &&
      (await askProvider(state, provider, { grant_type: 'refresh_token', refresh_token: refreshToken }));
    if (!renewed)
      return oauthError(
        401,
        'federated_connection_refresh_token_flow_failed',
        'The identity provider refused to renew its token.',
      );
    account.tokens = { ...renewed, refreshToken: renewed.refreshToken ?? refreshToken };
  }
  const { accessToken, expiresAtMs, scopes } = account.tokens;
  return {
    status: 200,
    body: {
      access_token: accessToken,
      scope: scopes.join(' '),
      expires_in: Math.floor((expiresAtMs - tenantNowMs(state)) / 1000),
      issued_token_type: requestedTokenType,
      token_type: 'Bearer',
    },
  };
}

async function subjectOf(state: TenantState, audience: string, token: string): Promise<string | undefined> {
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(publicJwks(state.keys)), {
      issuer: state.issuer,
      audience,
      currentDate: new Date(tenantNowMs(state)),
    });
    return payload.sub;
  } catch {
    return undefined;
  }
}
