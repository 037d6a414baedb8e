import type { ResourceServer } from './model/resource-servers.ts';
import type { User } from './model/users.ts';
import { openidScopes } from './scopes.ts';

/** The user's permissions at an API. A user without a list has every permission. */
export function permissionsOf(user: User, api: ResourceServer): string[] {
  const defined = api.scopes.map(({ value }) => value);
  return defined.filter((permission) => user.permissions?.includes(permission) ?? true);
}

/** The scopes that the user may grant. With RBAC (`enforce_policies`), these are the user's permissions. */
export function permittedScopes(user: User, api: ResourceServer | undefined, scopes: string[]): string[] {
  if (!api?.enforce_policies) return scopes;
  const permissions = permissionsOf(user, api);
  return scopes.filter((scope) => openidScopes.includes(scope) || permissions.includes(scope));
}
