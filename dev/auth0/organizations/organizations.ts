import type { Application } from '../model/applications.ts';
import type { Organization } from '../model/organizations.ts';
import type { TenantState } from '../model/state.ts';
import type { User } from '../model/users.ts';

/** How an application uses organizations, with Auth0's defaults. */
export function organizationBehavior(application: Application) {
  const { organization_usage: usage = 'deny', organization_require_behavior: prompt = 'no_prompt' } =
    application;
  return { usage, prompt };
}

/** The organization with this id; with this name too if the tenant allows names in its Authentication API. */
export function findOrganization(state: TenantState, named: string | undefined): Organization | undefined {
  if (named === undefined) return undefined;
  const byName = state.settings.allow_organization_name_in_authentication_api;
  return state.organizations.find(({ id, name }) => id === named || (byName && name === named.toLowerCase()));
}

/** The organizations that a user is a member of. */
export function membershipsOf(state: TenantState, userId: string): Organization[] {
  return state.organizations.filter(({ members }) => members.has(userId));
}

/**
 * The user as a member of an organization: with the roles of that membership only, not with those of the tenant.
 *
 * @param organization an id. Without one, the user as it is.
 */
export function asMember(state: TenantState, user: User, organization: string | undefined): User {
  if (organization === undefined) return user;
  return { ...user, roles: findOrganization(state, organization)?.members.get(user.user_id) ?? [] };
}

/** The claims of tokens in an organization. */
export function organizationClaims(
  state: TenantState,
  organization: string | undefined,
): { org_id?: string; org_name?: string } {
  const found = findOrganization(state, organization);
  if (!found) return {};
  const named = state.settings.allow_organization_name_in_authentication_api;
  return { org_id: found.id, ...(named ? { org_name: found.name } : {}) };
}
