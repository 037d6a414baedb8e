import { z } from 'zod';
import { newRole, type Permission, type Role } from '../model/roles.ts';
import { findApi, findUser } from '../model/state.ts';
import type { User } from '../model/users.ts';
import { listing } from './listing.ts';
import { parsePayload } from './payload.ts';
import { namedPermissions } from './permission-payload.ts';
import { paging } from './query.ts';
import { type Reply, refusal } from './reply.ts';
import type { ManagementRequest, Route } from './route.ts';
import { withUser } from './users.ts';

const notFound = refusal(404, 'The role does not exist.', 'inexistent_role');

const listQuery = z.strictObject(paging);
const roleListQuery = z.strictObject({ ...paging, name_filter: z.string().optional() });

/**
 * `/api/v2/roles`, their permissions and their users, and `/api/v2/users/{id}/roles`. Enforces, from the API's OpenAPI
 * description and Auth0's entity limits:
 *
 * - a role has a name, and no properties but `name` and `description`; a name is used once;
 * - permissions that an API defines, at least one at a time; users and roles that exist;
 * - 1000 roles in a tenant, 1000 permissions in a role, 50 roles for a user: 403 `too_many_entities`;
 * - all of the scopes for a user's roles and for a role's users.
 *
 * Stricter than documented: names over 50 and descriptions over 255 characters are refused. Auth0 does not document the errors
 * for the limits: they are those for other entities.
 */
export const roleRoutes: readonly Route[] = [
  { method: 'GET', path: '/roles', scopes: ['read:roles'], query: roleListQuery, handle: list },
  { method: 'POST', path: '/roles', scopes: ['create:roles'], handle: create },
  { method: 'GET', path: '/roles/:id', scopes: ['read:roles'], handle: read },
  { method: 'DELETE', path: '/roles/:id', scopes: ['delete:roles'], handle: remove },
  {
    method: 'GET',
    path: '/roles/:id/permissions',
    scopes: ['read:roles'],
    query: listQuery,
    handle: listPermissions,
  },
  { method: 'POST', path: '/roles/:id/permissions', scopes: ['update:roles'], handle: addPermissions },
  { method: 'DELETE', path: '/roles/:id/permissions', scopes: ['update:roles'], handle: removePermissions },
  {
    method: 'POST',
    path: '/roles/:id/users',
    scopes: ['update:roles', 'create:role_members'],
    everyScope: true,
    handle: assign,
  },
  {
    method: 'GET',
    path: '/users/:id/roles',
    scopes: ['read:users', 'read:roles', 'read:role_members'],
    everyScope: true,
    query: listQuery,
    handle: listOfUser,
  },
  {
    method: 'DELETE',
    path: '/users/:id/roles',
    scopes: ['update:users', 'delete:role_members'],
    everyScope: true,
    handle: unassign,
  },
];

/** Auth0's entity limits. */
const mostRoles = 1000;
const mostPermissions = 1000;
const mostRolesOfUser = 50;
const tooMany = refusal(
  403,
  'You reached the limit of entities of this type for this tenant.',
  'too_many_entities',
);

const creation = z.strictObject({
  name: z.string().min(1).max(50),
  description: z.string().min(1).max(255).optional(),
});

const visible = ({ id, name, description }: Role) => ({ id, name, description });

function withRole({ state, params }: ManagementRequest, answer: (role: Role) => Reply): Reply {
  const role = state.roles.find(({ id }) => id === params.id);
  return role === undefined ? notFound : answer(role);
}

function list({ state, query }: ManagementRequest): Reply {
  const filter = query.get('name_filter')?.toLowerCase() ?? '';
  const found = state.roles.filter(({ name }) => name.toLowerCase().includes(filter));
  return listing('roles', found.map(visible), query);
}

function create({ state, body }: ManagementRequest): Reply {
  const parsed = parsePayload(creation, body);
  if (!parsed.ok) return parsed.reply;
  if (state.roles.some(({ name }) => name === parsed.value.name))
    return refusal(409, 'A role with the same name already exists.', 'role_conflict');
  if (state.roles.length >= mostRoles) return tooMany;
  const role = newRole(parsed.value);
  state.roles.push(role);
  return { status: 200, body: visible(role) };
}

function read(request: ManagementRequest): Reply {
  return withRole(request, (role) => ({ status: 200, body: visible(role) }));
}

function remove(request: ManagementRequest): Reply {
  const { state } = request;
  return withRole(request, (role) => {
    state.roles = state.roles.filter((each) => each !== role);
    for (const user of state.users) withoutRoles(user, [role.id]);
    return { status: 204 };
  });
}

function listPermissions(request: ManagementRequest): Reply {
  return withRole(request, ({ permissions }) => {
    const described = permissions.flatMap(({ identifier, name }) => {
      const api = findApi(request.state, identifier);
      const scope = api?.scopes.find(({ value }) => value === name);
      if (!api || !scope) return [];
      return {
        permission_name: name,
        description: scope.description ?? '',
        resource_server_name: api.name,
        resource_server_identifier: identifier,
      };
    });
    return listing('permissions', described, request.query);
  });
}

const same = (one: Permission) => (other: Permission) =>
  one.identifier === other.identifier && one.name === other.name;

function addPermissions(request: ManagementRequest): Reply {
  const named = namedPermissions(request);
  if ('reply' in named) return named.reply;
  return withRole(request, (role) => {
    const added = named.permissions.filter((each) => !role.permissions.some(same(each)));
    if (role.permissions.length + added.length > mostPermissions) return tooMany;
    role.permissions.push(...added);
    return { status: 201 };
  });
}

function removePermissions(request: ManagementRequest): Reply {
  const named = namedPermissions(request);
  if ('reply' in named) return named.reply;
  return withRole(request, (role) => {
    role.permissions = role.permissions.filter((each) => !named.permissions.some(same(each)));
    return { status: 204 };
  });
}

const members = z.strictObject({ users: z.array(z.string().min(1)).min(1) });

function assign(request: ManagementRequest): Reply {
  const parsed = parsePayload(members, request.body);
  if (!parsed.ok) return parsed.reply;
  return withRole(request, (role) => {
    const users = parsed.value.users.flatMap((id) => findUser(request.state, id) ?? []);
    if (users.length < parsed.value.users.length)
      return refusal(404, 'The user does not exist.', 'inexistent_user');
    if (users.some(({ roles = [] }) => roles.length >= mostRolesOfUser && !roles.includes(role)))
      return tooMany;
    for (const user of users) if (!user.roles?.includes(role)) user.roles = [...(user.roles ?? []), role];
    return { status: 200 };
  });
}

function listOfUser(request: ManagementRequest): Reply {
  return withUser(request, ({ roles = [] }) => listing('roles', roles.map(visible), request.query));
}

const unassignment = z.strictObject({ roles: z.array(z.string().min(1)).min(1) });

function unassign(request: ManagementRequest): Reply {
  const parsed = parsePayload(unassignment, request.body);
  if (!parsed.ok) return parsed.reply;
  return withUser(request, (user) => {
    withoutRoles(user, parsed.value.roles);
    return { status: 204 };
  });
}

function withoutRoles(user: User, ids: string[]): void {
  user.roles = user.roles?.filter(({ id }) => !ids.includes(id)) ?? [];
}
