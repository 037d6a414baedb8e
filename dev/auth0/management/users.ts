import { z } from 'zod';
import { findUser } from '../model/state.ts';
import { claimsForScopes, type User } from '../model/users.ts';
import { listing, selectFields } from './listing.ts';
import { parsePayload } from './payload.ts';
import { type Reply, refusal } from './reply.ts';
import type { ManagementRequest, Route } from './route.ts';

/** `/api/v2/users` and `/api/v2/users-by-email`. Users can be changed, but neither added nor deleted. */
export const userRoutes: readonly Route[] = [
  { method: 'GET', path: '/users', scopes: ['read:users'], handle: list },
  { method: 'GET', path: '/users-by-email', scopes: ['read:users'], handle: listByEmail },
  { method: 'GET', path: '/users/:id', scopes: ['read:users'], handle: read },
  { method: 'PATCH', path: '/users/:id', scopes: ['update:users'], handle: update },
];

/** Like Auth0, leaves out `blocked` for users who never were blocked. */
function visible(user: User): Record<string, unknown> {
  const { sub: user_id, ...profile } = claimsForScopes(user, ['profile', 'email']);
  const [provider, id] = user.user_id.split('|');
  const identities = [{ provider, user_id: id, connection: user.connection, isSocial: provider !== 'auth0' }];
  return {
    user_id,
    ...profile,
    identities,
    ...(user.blocked === undefined ? {} : { blocked: user.blocked }),
  };
}

// Auth0 accepts Lucene queries. Supported here are those that name one user.
const query = /^(?<field>email|user_id):(?:"(?<quoted>[^"*?]+)"|(?<bare>[^\s"*?]+))$/;

function list({ state, query: params }: ManagementRequest): Reply {
  const q = params.get('q');
  const parts = q === null ? undefined : query.exec(q)?.groups;
  if (q && parts === undefined) {
    return refusal(
      400,
      'The local tenant supports only the queries email:"…" and user_id:"…".',
      'invalid_query_string',
    );
  }
  const connection = params.get('connection');
  const found = state.users.filter(
    (user) =>
      (connection === null || user.connection === connection) &&
      (parts === undefined ||
        user[parts.field === 'email' ? 'email' : 'user_id'] === (parts.quoted ?? parts.bare)),
  );
  return listing('users', found.map(visible), params);
}

function listByEmail({ state, query: params }: ManagementRequest): Reply {
  const email = params.get('email');
  if (email === null) {
    return refusal(
      400,
      "Query validation error: 'Missing required property: email'.",
      'invalid_query_string',
    );
  }
  const found = state.users.filter((user) => user.email === email.toLowerCase());
  return { status: 200, body: found.map((user) => selectFields(visible(user), params)) };
}

function read(request: ManagementRequest): Reply {
  return withUser(request, (user) => ({ status: 200, body: selectFields(visible(user), request.query) }));
}

const patch = z.strictObject({
  blocked: z.boolean().optional(),
  name: z.string().min(1).max(300).optional(),
});

function update(request: ManagementRequest): Reply {
  const parsed = parsePayload(patch, request.body);
  if (!parsed.ok) return parsed.reply;
  return withUser(request, (user) => {
    Object.assign(user, parsed.value);
    return { status: 200, body: visible(user) };
  });
}

/** Answers with the user that the path names, or with 404. */
export function withUser({ state, params }: ManagementRequest, answer: (user: User) => Reply): Reply {
  const user = findUser(state, params.id);
  return user === undefined ? refusal(404, 'The user does not exist.', 'inexistent_user') : answer(user);
}
