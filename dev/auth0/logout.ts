import type { Middleware } from 'koa';
import type { Provider } from 'oidc-provider';
import type { TenantState } from './model/state.ts';
import { errorPage } from './pages.ts';

/** `GET /v2/logout`: ends the session. Redirects only to an allowed URL. */
export function logout(state: TenantState, provider: () => Provider): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== '/v2/logout' || ctx.method !== 'GET') return next();
    const session = await provider().Session.get(ctx);
    await session.destroy();
    ctx.cookies.set('auth0', null, { signed: true });

    const { returnTo, client_id } = ctx.query;
    const application = typeof client_id === 'string' ? state.applications.get(client_id) : undefined;
    const allowed = application?.allowed_logout_urls ?? state.settings.allowed_logout_urls;
    if (returnTo === undefined) {
      ctx.body = 'OK';
    } else if (typeof returnTo === 'string' && allowed.includes(returnTo)) {
      ctx.redirect(returnTo);
    } else {
      ctx.status = 400;
      ctx.type = 'html';
      ctx.body = errorPage(
        'invalid_request',
        'The "returnTo" querystring parameter is not an allowed logout URL',
      );
    }
  };
}
