import { z } from 'zod';
import { findApi, type TenantState } from '../model/state.ts';
import { permissionsOf } from '../permissions.ts';
import { listing } from './listing.ts';
import { parsePayload } from './payload.ts';
import { type Reply, refusal } from './reply.ts';
import type { ManagementRequest, Route } from './route.ts';
import { withUser } from './users.ts';

/** `/api/v2/users/{id}/permissions`. A permission's name counts at every API that defines it. */
export const userPermissionRoutes: readonly Route[] = [
  { method: 'GET', path: '/users/:id/permissions', scopes: ['read:users'], handle: list },
  { method: 'POST', path: '/users/:id/permissions', scopes: ['update:users'], handle: add },
  { method: 'DELETE', path: '/users/:id/permissions', scopes: ['update:users'], handle: remove },
];

const payload = z.strictObject({
  permissions: z
    .array(z.strictObject({ resource_server_identifier: z.string(), permission_name: z.string() }))
    .min(1),
});

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
        sources: [{ source_id: '', source_name: '', source_type: 'DIRECT' }],
      })),
    );
    return listing('permissions', permissions, query);
  });
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
  const parsed = parsePayload(payload, request.body);
  if (!parsed.ok) return parsed.reply;
  const { state } = request;
  for (const { resource_server_identifier: identifier, permission_name: name } of parsed.value.permissions) {
    const api = findApi(state, identifier);
    if (api === undefined) {
      return refusal(404, 'The resource server does not exist', 'inexistent_resource_server');
    }
    if (!api.scopes.some(({ value }) => value === name)) {
      return refusal(400, `Permission ${name} does not exist on ${identifier}`, 'inexistent_permission');
    }
  }
  return withUser(request, (user) => {
    const named = parsed.value.permissions.map(({ permission_name }) => permission_name);
    user.permissions = next(user.permissions ?? everyPermission(state), named);
    return { status };
  });
}

function everyPermission({ resourceServers }: TenantState): string[] {
  return [...resourceServers.values()].flatMap(({ scopes }) => scopes.map(({ value }) => value));
}
