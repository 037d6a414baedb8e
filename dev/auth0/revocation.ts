import type { Context, Middleware } from 'koa';
import { readBody, stringParams } from './body.ts';
import { authenticateClient } from './client-authentication.ts';
import type { TenantState } from './model/state.ts';
import { revokeRefreshToken } from './refresh-tokens.ts';
import { oauthError, type TokenReply } from './token-reply.ts';

/**
 * `POST /oauth/revoke`: revokes a refresh token with its family. For any other token, and for a token of another
 * application, it does nothing and answers 200 too (RFC 7009 section 2.2).
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
  if (record?.payload.clientId === application.client_id) revokeRefreshToken(state, record);
  return undefined;
}
