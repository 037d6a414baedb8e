import type { Context, Middleware } from 'koa';
import { readBody } from '../body.ts';
import type { TenantState } from '../model/state.ts';
import { bearerScopes } from './bearer.ts';
import { clientGrantRoutes } from './client-grants.ts';
import { clientRoutes } from './clients.ts';
import { connectionRoutes } from './connections.ts';
import { organizationMemberRoutes } from './organization-members.ts';
import { organizationRoutes } from './organizations.ts';
import { refuseQuery } from './payload.ts';
import { noParameters } from './query.ts';
import { createRateLimiter, type RateLimit } from './rate-limit.ts';
import { refreshTokenRoutes } from './refresh-tokens.ts';
import { isReply, type Reply, refusal } from './reply.ts';
import { resourceServerRoutes } from './resource-servers.ts';
import { roleRoutes } from './roles.ts';
import { matchPath, type Route } from './route.ts';
import { tenantSettingsRoutes } from './tenant-settings.ts';
import { userGrantRoutes } from './user-grants.ts';
import { userPermissionRoutes } from './user-permissions.ts';
import { userRoutes } from './users.ts';

const routes: readonly Route[] = [
  ...clientRoutes,
  ...connectionRoutes,
  ...resourceServerRoutes,
  ...clientGrantRoutes,
  ...tenantSettingsRoutes,
  ...userRoutes,
  ...organizationRoutes,
  ...organizationMemberRoutes,
  ...userPermissionRoutes,
  ...roleRoutes,
  ...userGrantRoutes,
  ...refreshTokenRoutes,
];

/**
 * The Management API, `/api/v2/*`. Enforces, for every operation and in this order:
 *
 * - the rate limit (`rate-limit.ts`), then the access token (`bearer.ts`);
 * - one of the operation's scopes, or all of them where the API's description says so: 403 `insufficient_scope`;
 * - a query with the operation's parameters only (`query.ts`): 400 `invalid_query_string`;
 * - a JSON body of at most 1 MB where one is expected: 400, 413 or 415. Auth0 documents neither the size nor the wordings.
 *
 * An unknown path, or a method that it does not have, is 404.
 */
export function managementApi(state: TenantState): Middleware {
  const consumeLimit = createRateLimiter(state.switches);
  return async (ctx, next) => {
    if (!ctx.path.startsWith('/api/v2/')) return next();
    const limit = consumeLimit();
    ctx.set(rateLimitHeaders(limit));
    const reply = limit.allowed ? await answer(state, ctx) : tooManyRequests(state, limit);
    ctx.status = reply.status;
    ctx.set(reply.headers ?? {});
    if (reply.body !== undefined) ctx.body = reply.body;
  };
}

function rateLimitHeaders({ limit, remaining, reset }: RateLimit): Record<string, string> {
  return {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(reset),
  };
}

function tooManyRequests(state: TenantState, { reset }: RateLimit): Reply {
  const seconds = Math.max(1, reset - Math.floor(Date.now() / 1000));
  const headers: Record<string, string> = state.switches.retryAfter ? { 'Retry-After': String(seconds) } : {};
  return { ...refusal(429, 'Global limit has been reached', 'too_many_requests'), headers };
}

async function answer(state: TenantState, ctx: Context): Promise<Reply> {
  const path = ctx.path.slice('/api/v2'.length);
  const matches = routes.flatMap((route) => {
    const params = matchPath(route.path, path);
    return params === undefined || route.method !== ctx.method ? [] : [{ route, params }];
  });
  const [match] = matches;
  if (match === undefined) return refusal(404, 'Not Found');

  const scopes = await bearerScopes(state, ctx.get('Authorization'));
  if (!(scopes instanceof Set)) return scopes;
  const { route } = match;
  const held = route.scopes.filter((scope) => scopes.has(scope)).length;
  if (held < (route.everyScope ? route.scopes.length : 1)) {
    const expected = `${route.everyScope ? 'all' : 'any'} of: ${route.scopes.join(',')}`;
    return refusal(403, `Insufficient scope, expected ${expected}`, 'insufficient_scope');
  }
  const query = new URLSearchParams(ctx.querystring);
  const refused = refuseQuery(route.query ?? noParameters, query);
  if (refused) return refused;

  const body = hasBody(ctx, route) ? await jsonBody(ctx) : { value: undefined };
  if (isReply(body)) return body;
  return route.handle({ state, params: match.params, query, body: body.value, scopes });
}

/** Some DELETE operations take a body, most do not. */
function hasBody(ctx: Context, { withoutBody }: Route): boolean {
  if (withoutBody) return false;
  if (ctx.method === 'DELETE') return (ctx.request.length ?? 0) > 0;
  return ctx.method === 'POST' || ctx.method === 'PATCH';
}

async function jsonBody(ctx: Context): Promise<{ value: unknown } | Reply> {
  const body = await readBody(ctx);
  switch (body.kind) {
    case 'json':
      return { value: body.value };
    case 'none':
      return refusal(400, 'Payload validation error: None of the valid schemas were met.', 'invalid_body');
    case 'malformed':
      return refusal(400, 'Invalid request payload JSON format');
    case 'too large':
      return refusal(413, 'Payload content length greater than maximum allowed: 1048576');
    default:
      return refusal(415, 'Unsupported Media Type');
  }
}
