import { z } from 'zod';
import type { Permission } from '../model/roles.ts';
import type { TenantState } from '../model/state.ts';
import type { User } from '../model/users.ts';
import { hasOwn, permissionsOf, rolesWith } from '../permissions.ts';
import { listing } from './listing.ts';
import { namedPermissions } from './permission-payload.ts';
import { paging } from './query.ts';
import { type Reply, refusal } from './reply.ts';
import type { ManagementRequest, Route } from './route.ts';
import { withUser } from './users.ts';

/** Auth0's entity limit for permissions that a user has directly. */
const mostPermissions = 1000;

/**
 * `/api/v2/users/{id}/permissions`. A permission's name counts at every API that defines it. Enforces, from the API's
 * OpenAPI description and Auth0's entity limits: at least one permission at a time (`permission-payload.ts`), which an API
 * defines, for a user who exists, and at most 1000 in all.
 */
export const userPermissionRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/users/:id/permissions',
    scopes: ['read:users'],
    query: z.strictObject(paging),
    handle: list,
  },
  { method: 'POST', path: '/users/:id/permissions', scopes: ['update:users'], handle: add },
  { method: 'DELETE', path: '/users/:id/permissions', scopes: ['update:users'], handle: remove },
];

function list(request: ManagementRequest): Reply {
  const { state, query } = request;
  return withUser(request, (user) => {
    const apis = [...state.resourceServers.values()].filter(({ is_system }) => !is_system);
    const permissions = apis.flatMap((api) =>
      permissionsOf(user, api).map((name) => ({
        permission_name: name,
        description: api.scopes.find(({ value }) => value === name)?.description ?? '',
        resource_server_name: api.name,
        resource_server_identifier: api.identifier,
        sources: sourcesOf(user, { identifier: api.identifier, name }),
      })),
    );
    return listing('permissions', permissions, query);
  });
}

/** Where a user has a permission from: assigned directly, from roles, or both. */
function sourcesOf(user: User, permission: Permission) {
  const direct = hasOwn(user, permission.name)
    ? [{ source_id: '', source_name: '', source_type: 'DIRECT' }]
    : [];
  const roles = rolesWith(user, permission).map(({ id, name }) => ({
    source_id: id,
    source_name: name,
    source_type: 'ROLE',
  }));
  return [...direct, ...roles];
}

function add(request: ManagementRequest): Reply {
  return change(request, 201, (held, named) => [...new Set([...held, ...named])]);
}

function remove(request: ManagementRequest): Reply {
  return change(request, 204, (held, named) => held.filter((name) => !named.includes(name)));
}

function change(
  request: ManagementRequest,
  status: number,
  next: (held: string[], named: string[]) => string[],
): Reply {
  const named = namedPermissions(request);
  if ('reply' in named) return named.reply;
  return withUser(request, (user) => {
    const names = named.permissions.map(({ name }) => name);
    const permissions = next(user.permissions ?? everyPermission(request.state), names);
    if (permissions.length > mostPermissions)
      return refusal(400, 'No more permissions can be assigned to this user.', 'too_many_permissions');
    user.permissions = permissions;
    return { status };
  });
}

function everyPermission({ resourceServers }: TenantState): string[] {
  return [...resourceServers.values()].flatMap(({ scopes }) => scopes.map(({ value }) => value));
}
