import { createHash } from 'node:crypto';
import { forgetConsent } from '../consent.ts';
import type { Granted, TenantState } from '../model/state.ts';
import { deleteTokens } from '../refresh-tokens.ts';
import { listing } from './listing.ts';
import { type Reply, refusal } from './reply.ts';
import type { ManagementRequest, Route } from './route.ts';

/** `/api/v2/grants`: what users granted to applications. */
export const userGrantRoutes: readonly Route[] = [
  { method: 'GET', path: '/grants', scopes: ['read:grants'], handle: list },
  { method: 'DELETE', path: '/grants', scopes: ['delete:grants'], handle: removeOfUser },
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
  if (!userId) {
    return refusal(
      400,
      "Query validation error: 'Missing required property: user_id'.",
      'invalid_query_string',
    );
  }
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
