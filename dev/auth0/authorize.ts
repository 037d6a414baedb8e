import type { Context, Middleware } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { decideAuthorization } from './authorization-request.ts';
import { readBody } from './body.ts';
import type { TenantState } from './model/state.ts';
import { errorPage } from './pages.ts';
import { redirectsErrors } from './third-party.ts';

/** `GET|POST /authorize` as Auth0 answers it, in front of oidc-provider's authorization endpoint. */
export function authorize(state: TenantState): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== '/authorize' || (ctx.method !== 'GET' && ctx.method !== 'POST')) return next();
    const body = ctx.method === 'POST' ? await readBody(ctx) : undefined;
    const query =
      body === undefined ? new URLSearchParams(ctx.querystring) : body.kind === 'form' && body.params;
    ctx.set('Cache-Control', 'no-store');
    if (!query || new Set(query.keys()).size !== query.size) {
      return showError(ctx, 'invalid_request', 'A parameter is repeated, or the body is not a form');
    }

    const decision = decideAuthorization(state, Object.fromEntries(query));
    if (decision.kind === 'page') {
      showError(ctx, decision.error, decision.description);
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

function showError(ctx: Context, error: string, description: string): void {
  ctx.status = 400;
  ctx.type = 'html';
  ctx.body = errorPage(error, description);
}

/**
 * Changes redirects to Auth0's: status 302, `iss` only if the tenant's setting is on, and a page instead of an error for a
 * third-party application.
 */
export function authorizationResponse(state: TenantState): Middleware {
  return async (ctx, next) => {
    await next();
    const location = ctx.response.get('Location');
    if (!ctx.path.startsWith('/authorize') || !location) return;
    const refused = refusalIn(location, state.origin);
    const { oidc } = ctx as unknown as Partial<KoaContextWithOIDC>;
    if (refused && !redirectsErrors(state.applications.get(oidc?.client?.clientId ?? ''))) {
      ctx.remove('Location');
      return showError(ctx, refused.error, refused.description);
    }
    if (ctx.status === 303) ctx.status = 302;
    // oidc-provider always adds `iss`, to errors too.
    if (!state.switches.emitIss) ctx.set('Location', withoutIss(location, state.issuer));
  };
}

/** The error that a redirect brings to the application, if it does. */
function refusalIn(location: string, origin: string): { error: string; description: string } | undefined {
  const { origin: target, searchParams } = new URL(location, origin);
  const error = target === origin ? null : searchParams.get('error');
  return error === null ? undefined : { error, description: searchParams.get('error_description') ?? '' };
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
