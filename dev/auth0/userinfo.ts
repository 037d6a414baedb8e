import { createLocalJWKSet, jwtVerify } from 'jose';
import type { Context, Middleware } from 'koa';
import { findUser, type TenantState, tenantNow } from './model/state.ts';
import { claimsForScopes } from './model/users.ts';
import { openOpaqueToken } from './opaque-token.ts';
import { publicJwks } from './signing-keys.ts';
import { isRestricted } from './third-party.ts';

type Bearer = { sub: string; scopes: string[]; client_id?: string };

/**
 * `GET|POST /userinfo`. Proves that the tenant issued the token, but not for which audience or application.
 *
 * Enforces, from the Authentication API reference: a Bearer token that is opaque, or an RS256 JWT with `openid`; not expired;
 * of a user who exists; and not issued to a third-party application (`third-party.ts`).
 */
export function userinfo(state: TenantState): Middleware {
  const allowed = perUserLimit();
  return async (ctx, next) => {
    if (ctx.path !== '/userinfo' || (ctx.method !== 'GET' && ctx.method !== 'POST')) return next();
    const token = /^Bearer (\S+)$/i.exec(ctx.get('Authorization'))?.[1];
    if (token === undefined) return unauthorized(ctx, undefined);
    const bearer = await verify(state, token);
    const user = findUser(state, bearer?.sub);
    const application = state.applications.get(bearer?.client_id ?? '');
    if (bearer === undefined || user === undefined || (application && isRestricted(application))) {
      return unauthorized(ctx, 'The access token is invalid, expired or not meant for this endpoint');
    }
    if (state.switches.userinfoRateLimit && !allowed(bearer.sub)) {
      ctx.status = 429;
      ctx.body = {
        error: 'access_denied',
        error_description: 'Too many requests',
        error_code: 'too_many_requests',
      };
      return;
    }
    ctx.set('Cache-Control', 'no-store');
    ctx.body = claimsForScopes(user, bearer.scopes);
  };
}

/** Auth0 answers in plain text here, with the reason only in the header. */
function unauthorized(ctx: Context, description: string | undefined): void {
  const error =
    description === undefined ? '' : `, error="invalid_token", error_description="${description}"`;
  ctx.status = 401;
  ctx.set('WWW-Authenticate', `Bearer realm="Users"${error}`);
  ctx.type = 'text/plain';
  ctx.body = 'Unauthorized';
}

/** Accepts an opaque token of this tenant, or an RS256 JWT with `openid`. */
async function verify(state: TenantState, token: string): Promise<Bearer | undefined> {
  const now = tenantNow(state);
  if (token.split('.').length !== 3) {
    const claims = await openOpaqueToken(state.opaqueTokenKey, token);
    return claims !== undefined && claims.exp > now ? claims : undefined;
  }
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(publicJwks(state.keys)), {
      issuer: state.issuer,
      audience: `${state.issuer}userinfo`,
      algorithms: ['RS256'],
      currentDate: new Date(now * 1000),
    });
    return { sub: payload.sub ?? '', scopes: String(payload.scope ?? '').split(' ') };
  } catch {
    return undefined;
  }
}

/** A burst of 10, then 5 a minute, for each user. */
function perUserLimit(): (userId: string) => boolean {
  const buckets = new Map<string, { tokens: number; updatedAtMs: number }>();
  return (userId) => {
    const now = Date.now();
    const bucket = buckets.get(userId) ?? { tokens: 10, updatedAtMs: now };
    const tokens = Math.min(10, bucket.tokens + ((now - bucket.updatedAtMs) / 60_000) * 5);
    buckets.set(userId, { tokens: tokens >= 1 ? tokens - 1 : tokens, updatedAtMs: now });
    return tokens >= 1;
  };
}
