import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Management } from '../management/management.ts';
import type { Extra } from './extra.ts';
import { type Change, stepOf } from './plan.ts';

const roleSchema = z.looseObject({ id: z.string(), name: z.string() });
const permissionsSchema = z.array(
  z.looseObject({ permission_name: z.string(), resource_server_identifier: z.string() }),
);

/** A role of this server: who it is for, and what they may do. */
export type WantedRole = { kind: 'user' | 'administrator'; description: string; permissions: string[] };

/** The plan for a role. `id` is known once the plan is carried out. */
export type RolePlan = { name: string; id: string | undefined; extra: Extra };

/** Auth0 takes names of up to 50 characters. */
const maxNameLength = 50;
const pageSize = 100;

/** The name of a role, which differs between the servers of a tenant: it contains the API's identifier. */
export function roleName(kind: WantedRole['kind'], identifier: string): string {
  const prefix = `MCP ${kind}: `;
  const label = identifier.replace(/^https:\/\//, '').replace(/[<>]/g, '');
  if (prefix.length + label.length <= maxNameLength) return prefix + label;
  const hash = createHash('sha256').update(identifier).digest('hex').slice(0, 8);
  return `${prefix}${label.slice(0, maxNameLength - prefix.length - hash.length - 1)}-${hash}`;
}

/** Plans a role with at least these permissions of the API. Permissions that it has in addition stay. */
export async function planRole(
  management: Management,
  identifier: string,
  wanted: WantedRole,
): Promise<RolePlan> {
  const name = roleName(wanted.kind, identifier);
  const existing = await findRole(management, name);
  const held = existing ? await permissionsOf(management, existing.id, identifier) : [];
  const missing = wanted.permissions.filter((each) => !held.includes(each));
  const changes: Change[] = [];
  if (missing.length)
    changes.push({
      property: 'permissions',
      ...(held.length ? { from: held.join(' '), loosens: true } : {}),
      to: [...held, ...missing].join(' '),
      why: wanted.description,
    });
  const plan: RolePlan = {
    name,
    id: existing?.id,
    extra: {
      step: stepOf(`role ${name}`, existing !== undefined, changes),
      findings: [],
      needs: [...(existing ? [] : ['create:roles']), 'update:roles'],
      async apply(management) {
        const id = existing?.id ?? (await createRole(management, name, wanted.description));
        plan.id = id;
        if (missing.length) await addPermissions(management, id, identifier, missing);
        return {};
      },
    },
  };
  return plan;
}

async function findRole(management: Management, name: string) {
  const query = { name_filter: name, per_page: String(pageSize) };
  const roles = await management.call({ method: 'GET', path: '/roles', query }, z.array(roleSchema));
  return roles.find((each) => each.name === name);
}

/** The permissions of a role at one API, page by page. */
async function permissionsOf(management: Management, id: string, identifier: string): Promise<string[]> {
  const held: string[] = [];
  for (let page = 0; ; page++) {
    const query = { page: String(page), per_page: String(pageSize) };
    const path = `/roles/${encodeURIComponent(id)}/permissions`;
    const found = await management.call({ method: 'GET', path, query }, permissionsSchema);
    for (const each of found)
      if (each.resource_server_identifier === identifier) held.push(each.permission_name);
    if (found.length < pageSize) return held;
  }
}

async function createRole(management: Management, name: string, description: string): Promise<string> {
  const json = { name, description };
  return (await management.call({ method: 'POST', path: '/roles', json }, roleSchema)).id;
}

async function addPermissions(
  management: Management,
  id: string,
  identifier: string,
  names: string[],
): Promise<void> {
  const permissions = names.map((permission_name) => ({
    resource_server_identifier: identifier,
    permission_name,
  }));
  const path = `/roles/${encodeURIComponent(id)}/permissions`;
  await management.call({ method: 'POST', path, json: { permissions } }, z.unknown());
}
