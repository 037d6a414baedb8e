import { randomUUID } from 'node:crypto';
import type { Context, Middleware } from 'koa';
import { html } from '../login.ts';
import { type TenantState, tenantNowMs } from '../model/state.ts';
import { errorPage } from '../pages.ts';
import { askProvider } from './vault.ts';

const cookie = 'auth0_connect';

/**
 * The way of a browser that connects an account: `GET /connected-accounts/connect?ticket=` leads to the provider, and
 * `GET /login/callback` takes its answer and leads back to the application with a `connect_code`. A ticket opens once, and
 * only the browser that opened it may come back.
 */
export function connectPage(state: TenantState): Middleware {
  return async (ctx, next) => {
    if (ctx.method !== 'GET') return next();
    if (ctx.path === '/connected-accounts/connect') open(state, ctx);
    else if (ctx.path === '/login/callback') await comeBack(state, ctx);
    else await next();
  };
}

const refuse = (ctx: Context, description: string) =>
  html(ctx, 400, errorPage('invalid_request', description));

function open(state: TenantState, ctx: Context): void {
  const ticket = String(ctx.query.ticket ?? '');
  const request = state.vault.requests.get(ticket);
  const provider = state.vault.providers.get(request?.connection ?? '');
  if (!request || !provider || request.browser !== undefined || request.expiresAtMs <= tenantNowMs(state)) {
    refuse(ctx, 'The ticket is not valid or has expired.');
    return;
  }
  request.browser = randomUUID();
  ctx.cookies.set(cookie, request.browser, { httpOnly: true, sameSite: 'lax', path: '/login/callback' });
  const url = new URL(provider.authorizationUrl);
  url.search = new URLSearchParams({
    client_id: provider.client.id,
    redirect_uri: `${state.origin}/login/callback`,
    response_type: 'code',
    scope: request.scopes.join(' '),
    access_type: 'offline',
    state: ticket,
  }).toString();
  ctx.redirect(url.href);
}

async function comeBack(state: TenantState, ctx: Context): Promise<void> {
  const ticket = String(ctx.query.state ?? '');
  const request = state.vault.requests.get(ticket);
  const provider = state.vault.providers.get(request?.connection ?? '');
  if (!request || !provider || request.connectCode || request.browser !== ctx.cookies.get(cookie)) {
    refuse(ctx, 'The response does not belong to a request of this browser.');
    return;
  }
  const target = new URL(request.redirectUri);
  if (request.state !== undefined) target.searchParams.set('state', request.state);
  const tokens =
    typeof ctx.query.code === 'string' &&
    (await askProvider(state, provider, {
      grant_type: 'authorization_code',
      code: ctx.query.code,
      redirect_uri: `${state.origin}/login/callback`,
    }));
  if (tokens) {
    request.tokens = tokens;
    request.connectCode = randomUUID();
    target.searchParams.set('connect_code', request.connectCode);
  } else {
    state.vault.requests.delete(ticket);
    target.searchParams.set('error', ctx.query.error === 'access_denied' ? 'access_denied' : 'server_error');
    target.searchParams.set('error_description', 'The account was not connected.');
  }
  ctx.redirect(target.href);
}
