import type { ResourceServer } from './model/resource-servers.ts';
import type { Permission, Role } from './model/roles.ts';
import type { User } from './model/users.ts';
import { openidScopes } from './scopes.ts';

/** The user's permissions at an API: their own and those of their roles. */
export function permissionsOf(user: User, api: ResourceServer): string[] {
  const defined = api.scopes.map(({ value }) => value);
  return defined.filter(
    (name) => hasOwn(user, name) || rolesWith(user, { identifier: api.identifier, name }).length > 0,
  );
}

/** Whether the user has a permission without a role. A user without a list has every permission. */
export function hasOwn(user: User, permission: string): boolean {
  return user.permissions?.includes(permission) ?? true;
}

/** The user's roles that have a permission. */
export function rolesWith({ roles = [] }: User, { identifier, name }: Permission): Role[] {
  return roles.filter(({ permissions }) =>
    permissions.some((each) => each.identifier === identifier && each.name === name),
  );
}

/** The scopes that the user may grant. With RBAC (`enforce_policies`), these are the user's permissions. */
export function permittedScopes(user: User, api: ResourceServer | undefined, scopes: string[]): string[] {
  if (!api?.enforce_policies) return scopes;
  const permissions = permissionsOf(user, api);
  return scopes.filter((scope) => openidScopes.includes(scope) || permissions.includes(scope));
}
