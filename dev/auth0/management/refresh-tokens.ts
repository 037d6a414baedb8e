import { z } from 'zod';
import type { RefreshToken } from '../model/records.ts';
import type { TenantState } from '../model/state.ts';
import { activeRefreshTokens, deleteTokens, revokeRefreshToken } from '../refresh-tokens.ts';
import { listing, selectFields } from './listing.ts';
import { checkpoints, flag, paging, selection } from './query.ts';
import { type Reply, refusal } from './reply.ts';
import type { ManagementRequest, Route } from './route.ts';
import { withUser } from './users.ts';

const deviceQuery = z.strictObject({
  ...paging,
  ...selection(),
  user_id: z.string().optional(),
  client_id: z.string().optional(),
  type: z.enum(['public_key', 'refresh_token', 'rotating_refresh_token']).optional(),
});
const tokenQuery = z.strictObject({ ...checkpoints, include_totals: flag });

/**
 * Refresh tokens: `/api/v2/device-credentials` on every plan, `/refresh-tokens` on Enterprise plans. Enforces, from the
 * API's OpenAPI description:
 *
 * - the types of device credentials that exist, and no page of them beyond the first 1000;
 * - a user's refresh tokens are listed by checkpoint only;
 * - deleting a user's tokens is answered with 202, because Auth0 does it later. Here they are gone at once.
 *
 * Not enforced, because they are for tokens of the users themselves: the refusals of `GET /device-credentials` that concern
 * another user or a missing `client_id`.
 */
export const refreshTokenRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/device-credentials',
    scopes: ['read:device_credentials'],
    query: deviceQuery,
    handle: listDevices,
  },
  {
    method: 'DELETE',
    path: '/device-credentials/:id',
    scopes: ['delete:device_credentials'],
    handle: removeDevice,
  },
  {
    method: 'GET',
    path: '/users/:id/refresh-tokens',
    scopes: ['read:refresh_tokens'],
    query: tokenQuery,
    handle: enterprise(listTokens),
  },
  {
    method: 'DELETE',
    path: '/users/:id/refresh-tokens',
    scopes: ['delete:refresh_tokens'],
    handle: enterprise(removeTokens),
  },
];

/** A list without `type` has no rotating tokens. It is paged only if the query asks for a page. */
function listDevices({ state, query }: ManagementRequest): Reply {
  const type = query.get('type');
  const filter = {
    userId: query.get('user_id') ?? undefined,
    clientId: query.get('client_id') ?? undefined,
  };
  const found = activeRefreshTokens(state, filter)
    .map(([, record]) => deviceCredential(record))
    .filter((credential) => credential.type === (type ?? 'refresh_token'));
  if (type !== null || query.has('page') || query.has('per_page'))
    return listing('device_credentials', found, query, { results: 1000 });
  return { status: 200, body: found.map((credential) => selectFields(credential, query)) };
}

function deviceCredential({ id, rotating, payload }: RefreshToken) {
  return {
    id,
    device_name: 'Unknown device',
    type: rotating ? 'rotating_refresh_token' : 'refresh_token',
    user_id: payload.accountId,
    client_id: payload.clientId,
  };
}

/** Answers 204 for a credential that no longer exists, too. */
function removeDevice({ state, params }: ManagementRequest): Reply {
  const record = [...state.refreshTokens.values()].find(({ id }) => id === params.id);
  if (record) revokeRefreshToken(state, record);
  return { status: 204 };
}

/** Answers 403 unless the tenant is on an Enterprise plan. The wording is ours: Auth0's is not documented. */
function enterprise(handle: Route['handle']): Route['handle'] {
  return (request) =>
    request.state.switches.enterprisePlan
      ? handle(request)
      : refusal(403, 'This feature is not available on your plan.', 'feature_not_enabled');
}

function listTokens(request: ManagementRequest): Reply {
  const { state } = request;
  return withUser(request, ({ user_id: userId }) => {
    // This list is always paged by checkpoints.
    const query = new URLSearchParams(request.query);
    if (!query.has('take')) query.set('take', '50');
    const tokens = activeRefreshTokens(state, { userId }).map(([, record]) => refreshToken(state, record));
    return listing('tokens', tokens, query);
  });
}

function refreshToken(state: TenantState, { id, rotating, payload, ...times }: RefreshToken) {
  const granted = state.granted.get(payload.grantId ?? '');
  const date = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString());
  return {
    id,
    user_id: payload.accountId,
    client_id: payload.clientId,
    created_at: date(times.createdAtMs),
    idle_expires_at: date(times.expiresAtMs),
    last_exchanged_at: date(times.lastExchangedAtMs),
    rotating,
    resource_servers: [{ audience: granted?.audience ?? null, scopes: granted?.scopes.join(' ') ?? '' }],
  };
}

/** Auth0 deletes asynchronously and answers 202. */
function removeTokens(request: ManagementRequest): Reply {
  return withUser(request, ({ user_id: userId }) => {
    deleteTokens(request.state, ({ payload }) => payload.accountId === userId);
    return { status: 202 };
  });
}
