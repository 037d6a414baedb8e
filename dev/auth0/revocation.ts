import type { Context, Middleware } from 'koa';
import { readBody, stringParams } from './body.ts';
import { authenticateClient } from './client-authentication.ts';
import type { TenantState } from './model/state.ts';
import { revokeRefreshToken } from './refresh-tokens.ts';
import { oauthError, type TokenReply } from './token-reply.ts';

/**
 * `POST /oauth/revoke`: revokes a refresh token with its family. For a token that is unknown or no refresh token, it does
 * nothing and answers 200 too (RFC 7009 section 2.2).
 *
 * Enforces, from the Authentication API reference and "Revoke Refresh Tokens":
 * - `token` and the application's credentials; its id alone only if its authentication method is `none`;
 * - the token was issued to this application. Auth0 does not document that refusal's code: it is RFC 6749's (section 5.2).
 */
export function revocation(state: TenantState): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== '/oauth/revoke' || ctx.method !== 'POST') return next();
    const refused = await revoke(state, ctx);
    ctx.status = refused?.status ?? 200;
    ctx.body = refused?.body ?? '';
  };
}

async function revoke(state: TenantState, ctx: Context): Promise<TokenReply | undefined> {
  const params = stringParams(await readBody(ctx));
  if (!params?.token) return oauthError(400, 'invalid_request', 'Missing required parameter: token');
  const application = authenticateClient(state, ctx, params);
  if (application === undefined) return oauthError(401, 'access_denied', 'Unauthorized');
  const record = state.refreshTokens.get(params.token);
  if (record === undefined) return undefined;
  if (record.payload.clientId !== application.client_id) {
    return oauthError(400, 'invalid_grant', 'The refresh token was issued to another client.');
  }
  revokeRefreshToken(state, record);
  return undefined;
}
