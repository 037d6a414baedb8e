import { z } from 'zod';
import type { Permission } from '../model/roles.ts';
import { findApi } from '../model/state.ts';
import { parsePayload } from './payload.ts';
import { type Reply, refusal } from './reply.ts';
import type { ManagementRequest } from './route.ts';

const payload = z.strictObject({
  permissions: z
    .array(z.strictObject({ resource_server_identifier: z.string(), permission_name: z.string() }))
    .min(1),
});

/** The permissions that a body names, or the refusal if an API does not define one of them. */
export function namedPermissions({
  state,
  body,
}: ManagementRequest): { permissions: Permission[] } | { reply: Reply } {
  const parsed = parsePayload(payload, body);
  if (!parsed.ok) return parsed;
  const permissions = parsed.value.permissions.map((each) => ({
    identifier: each.resource_server_identifier,
    name: each.permission_name,
  }));
  for (const { identifier, name } of permissions) {
    const api = findApi(state, identifier);
    if (api === undefined)
      return { reply: refusal(404, 'The resource server does not exist', 'inexistent_resource_server') };
    if (!api.scopes.some(({ value }) => value === name))
      return {
        reply: refusal(400, `Permission ${name} does not exist on ${identifier}`, 'inexistent_permission'),
      };
  }
  return { permissions };
}
