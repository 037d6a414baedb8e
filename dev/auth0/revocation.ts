import type { Middleware } from 'koa';
import type { Provider } from 'oidc-provider';
import { readBody, stringParams } from './body.ts';
import { authenticateClient } from './client-authentication.ts';
import type { TenantState } from './model/state.ts';
import { oauthError } from './token-reply.ts';

/** `POST /oauth/revoke`: ends a refresh token and its whole family. Anything else is answered 200 and left alone. */
export function revocation(state: TenantState, provider: () => Provider): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== '/oauth/revoke' || ctx.method !== 'POST') return next();
    const params = stringParams(await readBody(ctx));
    const application = params === undefined ? undefined : authenticateClient(state, ctx, params);
    if (!params?.token) {
      const { status, body } = oauthError(400, 'invalid_request', 'Missing required parameter: token');
      Object.assign(ctx, { status, body });
    } else if (application === undefined) {
      const { status, body } = oauthError(401, 'access_denied', 'Unauthorized');
      Object.assign(ctx, { status, body });
    } else {
      const { RefreshToken, Grant } = provider();
      const found = await RefreshToken.find(params.token, { ignoreExpiration: true });
      if (found !== undefined && found.clientId === application.client_id && found.grantId !== undefined) {
        await RefreshToken.revokeByGrantId(found.grantId);
        await (await Grant.find(found.grantId))?.destroy();
      }
      ctx.status = 200;
      ctx.body = '';
    }
  };
}
