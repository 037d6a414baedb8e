import type { Context, Middleware } from 'koa';
import type { errors, KoaContextWithOIDC, Provider } from 'oidc-provider';
import { issueAccessToken } from './access-token.ts';
import { readBody, replaceBody, stringParams } from './body.ts';
import { authenticateClient } from './client-authentication.ts';
import { clientCredentials } from './client-credentials.ts';
import type { Application } from './model/applications.ts';
import { findApi, findUser, type TenantState } from './model/state.ts';
import { tokenVault, tokenVaultGrant } from './my-account/token-vault.ts';
import { asMember, findOrganization } from './organizations/organizations.ts';
import { permissionsOf, permittedScopes } from './permissions.ts';
import { completeExchange } from './refresh-tokens.ts';
import { tokenExchange } from './token-exchange.ts';
import { oauthError, type TokenReply } from './token-reply.ts';

const tokenExchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange';

const requiredParams = new Map([
  ['authorization_code', ['code', 'redirect_uri']],
  ['refresh_token', ['refresh_token']],
  ['client_credentials', []],
  [tokenExchangeGrant, ['subject_token', 'subject_token_type', 'audience']],
  [tokenVaultGrant, ['subject_token', 'subject_token_type', 'requested_token_type', 'connection']],
]);

/**
 * `POST /oauth/token` as Auth0 answers it, to a form or to JSON. oidc-provider handles codes and refresh tokens.
 *
 * Enforces, from the Authentication API reference and the errors that Auth0 sends:
 * - 400 `invalid_request` for a body that is neither form nor JSON, that repeats a parameter, or that lacks one which the
 *   grant type needs; 400 `unsupported_grant_type`;
 * - 401 `access_denied` if the application cannot prove who it is (`client-authentication.ts`), and for a public application
 *   without a `code_verifier` or with a grant for applications themselves;
 * - 403 `unauthorized_client` for a grant type that the application does not have, and for another `redirect_uri` than the
 *   code was requested with;
 * - 403 `invalid_grant` for a code that is unknown, used, expired, another application's, or whose verifier does not fit; for
 *   such a refresh token; and for a blocked user;
 * - scopes of a refresh only within those that were granted, and that the user still has.
 */
export function token(state: TenantState): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== '/oauth/token' || ctx.method !== 'POST') return next();
    const reply = await exchange(state, ctx, next);
    ctx.status = reply.status;
    ctx.set({ 'Cache-Control': 'no-store', Pragma: 'no-cache' });
    ctx.body = reply.body;
  };
}

async function exchange(state: TenantState, ctx: Context, next: () => Promise<void>): Promise<TokenReply> {
  const params = stringParams(await readBody(ctx));
  if (params === undefined) return oauthError(400, 'invalid_request', 'Invalid request body');
  const grantType = params.grant_type;
  if (!grantType) return oauthError(400, 'invalid_request', 'Missing required parameter: grant_type');
  const names = requiredParams.get(grantType);
  if (names === undefined) {
    return oauthError(400, 'unsupported_grant_type', `Unsupported grant type: ${grantType}`);
  }
  const missing = names.find((name) => !params[name]);
  if (missing) return oauthError(400, 'invalid_request', `Missing required parameter: ${missing}`);

  const application = authenticateClient(state, ctx, params);
  if (application === undefined || isUnauthenticated(application, params)) {
    return oauthError(401, 'access_denied', 'Unauthorized');
  }
  // Not a grant type that applications list: `token_exchange` allows it.
  if (grantType === tokenExchangeGrant) return tokenExchange(state, application, params);
  if (!application.grant_types.includes(grantType)) {
    const description = `Grant type '${grantType}' not allowed for the client.`;
    return oauthError(403, 'unauthorized_client', description);
  }
  if (grantType === 'client_credentials') return clientCredentials(state, application, params);
  if (grantType === tokenVaultGrant) return tokenVault(state, application, params);

  if (isBlocked(state, application, params)) return oauthError(403, 'invalid_grant', 'user is blocked');
  if (leftOrganization(state, application, params))
    return oauthError(403, 'invalid_grant', 'user is not part of the organization');

  const { code, redirect_uri, code_verifier, refresh_token } = params;
  const form = {
    grant_type: grantType,
    client_id: application.client_id,
    code,
    redirect_uri,
    code_verifier,
    refresh_token,
  };
  replaceBody(ctx, definedOnly(form));
  await next();
  return ctx.status === 200
    ? success(state, ctx as unknown as KoaContextWithOIDC, application, params)
    : refusal(ctx as unknown as KoaContextWithOIDC, params);
}

/**
 * Whether the code or refresh token belongs to a blocked user. Refusing it here keeps it valid for when the user is
 * unblocked.
 */
function isBlocked(state: TenantState, application: Application, params: Record<string, string>): boolean {
  const { accountId } = presented(state, application, params) ?? {};
  return findUser(state, accountId)?.blocked ?? false;
}

/** What is known of the code or refresh token, if it is the application's. */
function presented(state: TenantState, application: Application, params: Record<string, string>) {
  const record =
    params.grant_type === 'refresh_token'
      ? state.refreshTokens.get(params.refresh_token ?? '')
      : state.records.get('AuthorizationCode')?.get(params.code ?? '');
  return record?.payload.clientId === application.client_id ? record.payload : undefined;
}

/**
 * Whether the user is no longer a member of the organization that the code or refresh token is for. Auth0 does not
 * document that it checks this: the switch `membershipChecked` turns it off.
 */
function leftOrganization(
  state: TenantState,
  application: Application,
  params: Record<string, string>,
): boolean {
  if (!state.switches.membershipChecked) return false;
  const { grantId = '', accountId = '' } = presented(state, application, params) ?? {};
  const organization = state.granted.get(grantId)?.organization;
  return organization !== undefined && !findOrganization(state, organization)?.members.has(accountId);
}

/** A public application authenticates with PKCE or an earlier token. Its client id alone proves nothing. */
function isUnauthenticated(application: Application, params: Record<string, string>): boolean {
  if (application.token_endpoint_auth_method !== 'none') return false;
  return (
    params.grant_type === 'client_credentials' ||
    params.grant_type === tokenExchangeGrant ||
    params.grant_type === tokenVaultGrant ||
    (params.grant_type === 'authorization_code' && !params.code_verifier)
  );
}

function definedOnly(object: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(object).filter((entry): entry is [string, string] => !!entry[1]));
}

/** Auth0's token response, with the refresh token and ID token of oidc-provider. */
async function success(
  state: TenantState,
  ctx: KoaContextWithOIDC,
  application: Application,
  params: Record<string, string>,
): Promise<TokenReply> {
  const granted = state.granted.get(ctx.oidc.entities.Grant?.jti ?? '');
  const account = findUser(state, granted?.userId);
  if (granted === undefined || account === undefined) {
    return oauthError(403, 'invalid_grant', 'Unknown or invalid refresh token.');
  }
  const user = asMember(state, account, granted.organization);
  const api = granted.audience === undefined ? undefined : findApi(state, granted.audience);
  if (granted.audience !== undefined && api === undefined) {
    return oauthError(403, 'access_denied', `Service not found: ${granted.audience}`);
  }
  const requested = params.scope?.split(' ').filter(Boolean);
  // Permissions may have changed since the user granted these scopes.
  const scopes = permittedScopes(user, api, granted.scopes).filter(
    (scope) => requested === undefined || requested.includes(scope),
  );
  const { token, expiresIn } = await issueAccessToken(state, {
    clientId: application.client_id,
    subject: user.user_id,
    api,
    scopes,
    permissions: api === undefined ? [] : permissionsOf(user, api),
    organization: granted.organization,
  });
  const { refresh_token, id_token } = ctx.body as Record<string, string | undefined>;
  const used = params.refresh_token;
  const isNew = refresh_token !== used;
  if (used !== undefined) completeExchange(state, used, isNew ? refresh_token : undefined);
  return {
    status: 200,
    body: {
      access_token: token,
      ...(refresh_token !== undefined && isNew ? { refresh_token } : {}),
      ...(id_token !== undefined && scopes.includes('openid') ? { id_token } : {}),
      ...(scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
      expires_in: expiresIn,
      token_type: 'Bearer',
    },
  };
}

/** Keeps oidc-provider's error, because its response does not say why it refused. */
export function rememberGrantErrors(provider: Provider): void {
  provider.on('grant.error', (ctx, error) => {
    ctx.state.grantError = error;
  });
}

async function refusal(ctx: KoaContextWithOIDC, params: Record<string, string>): Promise<TokenReply> {
  const error: errors.OIDCProviderError | undefined = ctx.state.grantError;
  if (params.grant_type === 'refresh_token') {
    return oauthError(403, 'invalid_grant', 'Unknown or invalid refresh token.');
  }
  if (error?.error_detail?.includes('redirect_uri mismatch')) {
    const code = await ctx.oidc.provider.AuthorizationCode.find(params.code ?? '');
    const description = `The redirect URI is wrong. You sent ${params.redirect_uri}, and we expected ${code?.redirectUri}`;
    return oauthError(403, 'unauthorized_client', description);
  }
  // Only PKCE failures have a cause. For a malformed verifier, oidc-provider reports invalid_request.
  const verifier = error?.cause !== undefined || error?.error === 'invalid_request';
  const description = verifier ? 'Failed to verify code verifier' : 'Invalid authorization code';
  return oauthError(403, 'invalid_grant', description);
}
