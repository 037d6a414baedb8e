import { allScopes } from '../../lib/scope-rules.ts';
import { baselineScopes } from '../../lib/scopes.ts';
import { CommandFailure } from '../failure.ts';
import type { Management } from '../management/management.ts';
import { planAdministrator } from './administrator.ts';
import type { Extra } from './extra.ts';
import { planRole } from './role.ts';

/** What `--roles` and `--admin` ask for. */
export type RolesRequest = { administrator: string | undefined };

/** Reads the flags. `--admin` includes `--roles`. Throws `CommandFailure` if the user cannot be one. */
export function readRoles({
  roles,
  admin,
}: {
  roles: boolean;
  admin?: string | undefined;
}): RolesRequest | undefined {
  const administrator = admin?.trim();
  if (administrator !== undefined && !/^[^\s@|]+[@|]\S+$/.test(administrator))
    throw new CommandFailure(
      `--admin “${administrator}” is no user.`,
      'Give an email address, or a user ID such as auth0|65f0c0ffee.',
    );
  return roles || administrator !== undefined ? { administrator } : undefined;
}

/** Scopes of the Management API token that planning needs. */
export function readScopesOf(request: RolesRequest | undefined): string[] {
  if (!request) return [];
  return ['read:roles', ...(request.administrator ? ['read:users', 'read:role_members'] : [])];
}

/**
 * Plans a role for ordinary users, with the scopes that clients get without asking for more, and one for administrators,
 * with everything. Assigns the second to the first administrator, if one is named.
 */
export async function planRoles(
  management: Management,
  input: { request: RolesRequest; identifier: string; permissions: string[] },
): Promise<Extra[]> {
  const { request, identifier, permissions } = input;
  const user = await planRole(management, identifier, {
    kind: 'user',
    description: 'What ordinary users of the MCP server may do.',
    permissions: [...baselineScopes],
  });
  const administrator = await planRole(management, identifier, {
    kind: 'administrator',
    description: 'Everything that the MCP server offers.',
    permissions: [...allScopes, ...permissions],
  });
  const extras = [user.extra, administrator.extra];
  if (request.administrator)
    extras.push(await planAdministrator(management, request.administrator, administrator));
  return extras;
}
