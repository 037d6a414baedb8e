import type { Middleware } from 'koa';
import { decideAuthorization } from './authorization-request.ts';
import { readBody } from './body.ts';
import type { TenantState } from './model/state.ts';
import { errorPage } from './pages.ts';

/** `GET|POST /authorize` as Auth0 answers it, in front of oidc-provider's authorization endpoint. */
export function authorize(state: TenantState): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== '/authorize' || (ctx.method !== 'GET' && ctx.method !== 'POST')) return next();
    const body = ctx.method === 'POST' ? await readBody(ctx) : undefined;
    const query =
      body === undefined ? new URLSearchParams(ctx.querystring) : body.kind === 'form' && body.params;
    ctx.set('Cache-Control', 'no-store');
    if (!query || new Set(query.keys()).size !== query.size) {
      ctx.status = 400;
      ctx.type = 'html';
      ctx.body = errorPage('invalid_request', 'A parameter is repeated, or the body is not a form');
      return;
    }

    const decision = decideAuthorization(state, Object.fromEntries(query));
    if (decision.kind === 'page') {
      ctx.status = 400;
      ctx.type = 'html';
      ctx.body = errorPage(decision.error, decision.description);
    } else if (decision.kind === 'refused') {
      const target = new URL(decision.redirectUri);
      target.searchParams.set('error', decision.error);
      target.searchParams.set('error_description', decision.description);
      if (decision.state !== undefined) target.searchParams.set('state', decision.state);
      if (state.switches.emitIss) target.searchParams.set('iss', state.issuer);
      ctx.redirect(target.href);
    } else {
      ctx.method = 'GET';
      ctx.querystring = new URLSearchParams(decision.query).toString();
      await next();
    }
  };
}

/** Changes redirects to Auth0's: status 302, and `iss` only if the tenant's setting is on. */
export function authorizationResponse(state: TenantState): Middleware {
  return async (ctx, next) => {
    await next();
    const location = ctx.response.get('Location');
    if (!ctx.path.startsWith('/authorize') || !location) return;
    if (ctx.status === 303) ctx.status = 302;
    // oidc-provider always adds `iss`, to errors too.
    if (!state.switches.emitIss) ctx.set('Location', withoutIss(location, state.issuer));
  };
}

function withoutIss(location: string, issuer: string): string {
  const target = new URL(location, issuer);
  const fragment = new URLSearchParams(target.hash.slice(1));
  if (target.searchParams.get('iss') === issuer) target.searchParams.delete('iss');
  if (fragment.get('iss') === issuer) {
    fragment.delete('iss');
    target.hash = fragment.toString();
  }
  return target.href;
}
