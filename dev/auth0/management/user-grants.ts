import { createHash } from 'node:crypto';
import { z } from 'zod';
import { forgetConsent } from '../consent.ts';
import type { Granted, TenantState } from '../model/state.ts';
import { deleteTokens } from '../refresh-tokens.ts';
import { listing } from './listing.ts';
import { paging } from './query.ts';
import type { Reply } from './reply.ts';
import type { ManagementRequest, Route } from './route.ts';

const listQuery = z.strictObject({
  ...paging,
  user_id: z.string().optional(),
  client_id: z.string().optional(),
  audience: z.string().optional(),
});

/**
 * `/api/v2/grants`: what users granted to applications. Enforces, from the API's OpenAPI description: lists by page only
 * and without a choice of fields, and a deletion names a user (`user_id`) or a grant. Deleting what does not exist is 204.
 */
export const userGrantRoutes: readonly Route[] = [
  { method: 'GET', path: '/grants', scopes: ['read:grants'], query: listQuery, handle: list },
  {
    method: 'DELETE',
    path: '/grants',
    scopes: ['delete:grants'],
    query: z.strictObject({ user_id: z.string() }),
    handle: removeOfUser,
  },
  { method: 'DELETE', path: '/grants/:id', scopes: ['delete:grants'], handle: remove },
];

/** Auth0 keeps one grant for a user, an application and an API, however often the user signs in. */
type UserGrant = {
  id: string;
  clientID: string;
  user_id: string;
  audience: string | undefined;
  scope: string[];
};

function idOf({ userId, clientId, audience }: Granted): string {
  return createHash('sha256').update([userId, clientId, audience].join(' ')).digest('hex').slice(0, 24);
}

function userGrants(state: TenantState): UserGrant[] {
  const grants = new Map<string, UserGrant>();
  for (const granted of state.granted.values()) {
    const { userId, clientId, audience, scopes } = granted;
    const id = idOf(granted);
    const scope = [...new Set([...(grants.get(id)?.scope ?? []), ...scopes])];
    grants.set(id, { id, clientID: clientId, user_id: userId, audience, scope });
  }
  return [...grants.values()];
}

function list({ state, query }: ManagementRequest): Reply {
  const matches = (name: string, value: string | undefined) => !query.has(name) || query.get(name) === value;
  const found = userGrants(state).filter(
    (grant) =>
      matches('user_id', grant.user_id) &&
      matches('client_id', grant.clientID) &&
      matches('audience', grant.audience),
  );
  return listing('grants', found, query);
}

function removeOfUser({ state, query }: ManagementRequest): Reply {
  const userId = query.get('user_id');
  revoke(state, (granted) => granted.userId === userId);
  return { status: 204 };
}

function remove({ state, params }: ManagementRequest): Reply {
  revoke(state, (granted) => idOf(granted) === params.id);
  return { status: 204 };
}

/** Ends grants with the refresh tokens issued under them and the consents remembered for them. */
function revoke(state: TenantState, matches: (granted: Granted) => boolean): void {
  for (const [id, granted] of state.granted) {
    if (!matches(granted)) continue;
    state.granted.delete(id);
    deleteTokens(state, ({ payload }) => payload.grantId === id);
    forgetConsent(state, granted.userId, granted.clientId, granted.audience);
  }
}
