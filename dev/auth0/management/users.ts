import { z } from 'zod';
import { findUser } from '../model/state.ts';
import { claimsForScopes, type User } from '../model/users.ts';
import { listing, selectFields } from './listing.ts';
import { parsePayload } from './payload.ts';
import { flag, pagingFromZero, selection } from './query.ts';
import { type Reply, refusal } from './reply.ts';
import type { ManagementRequest, Route } from './route.ts';

const properties = [
  ...['user_id', 'email', 'email_verified', 'username', 'phone_number', 'phone_verified', 'created_at'],
  ...['updated_at', 'identities', 'app_metadata', 'user_metadata', 'picture', 'name', 'nickname'],
  ...['multifactor', 'multifactor_last_modified', 'last_ip', 'last_login', 'last_password_reset'],
  ...['logins_count', 'blocked', 'given_name', 'family_name'],
];
const oneQuery = z.strictObject(selection(properties));
const emailQuery = z.strictObject({ ...selection(properties), email: z.string() });
const listQuery = z.strictObject({
  ...pagingFromZero,
  ...selection(properties),
  sort: z.string().optional(),
  connection: z.string().optional(),
  q: z.string().optional(),
  search_engine: z.enum(['v1', 'v2', 'v3']).optional(),
  primary_order: flag,
});

/**
 * `/api/v2/users` and `/api/v2/users-by-email`. Users can be changed, but neither added nor deleted. Enforces, from the
 * API's OpenAPI description:
 *
 * - no page beyond the first 1000 users, and `connection` has no effect: it is for the search engine `v1`, which new
 *   tenants do not have;
 * - an email address is found only as Auth0 stores it, in lower case;
 * - a name of 1 to 300 characters.
 *
 * Stricter than Auth0: queries other than for one user, and changes of other properties, are refused.
 */
export const userRoutes: readonly Route[] = [
  { method: 'GET', path: '/users', scopes: ['read:users'], query: listQuery, handle: list },
  {
    method: 'GET',
    path: '/users-by-email',
    scopes: ['read:users'],
    query: emailQuery,
    handle: listByEmail,
  },
  { method: 'GET', path: '/users/:id', scopes: ['read:users'], query: oneQuery, handle: read },
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
const query = /^(?<field>email|user_id|identities\.connection):(?:"(?<quoted>[^"*?]+)"|(?<bare>[^\s"*?]+))$/;

function list({ state, query: params }: ManagementRequest): Reply {
  const q = params.get('q');
  const parts = q === null ? undefined : query.exec(q)?.groups;
  if (q && parts === undefined) {
    return refusal(
      400,
      'The local tenant supports only the queries email:"…", user_id:"…" and identities.connection:"…".',
      'invalid_query_string',
    );
  }
  const wanted = parts?.quoted ?? parts?.bare;
  const searched = (user: User) =>
    parts?.field === 'email' ? user.email : parts?.field === 'user_id' ? user.user_id : user.connection;
  const found = state.users.filter((user) => wanted === undefined || searched(user) === wanted);
  return listing('users', found.map(visible), params, { results: 1000 });
}

function listByEmail({ state, query: params }: ManagementRequest): Reply {
  const email = params.get('email');
  const found = state.users.filter((user) => user.email === email);
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
