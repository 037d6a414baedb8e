import type { SignInConfig } from '../config.ts';
import type { SignInContext } from '../http/endpoint.ts';
import { OAuthError } from '../http/errors.ts';
import type { Organization } from '../organizations/organization.ts';
import { limit } from '../store/rate-limit.ts';
import type { ClaimedOrganization } from './tenant-jwt.ts';

/** Loaded on first use: a server without organizations does not need it. */
const loaded = () => import('../auth0/organizations.ts');

/**
 * The organization with the name that a resource or an origin has.
 *
 * @returns undefined if there is no name.
 * @throws OAuthError `invalid_target` if the tenant has no such organization; TenantError
 */
export async function namedOrganization(
  context: SignInContext,
  request: Request,
  name: string | undefined,
): Promise<Organization | undefined> {
  if (name === undefined) return undefined;
  const { findOrganization } = await loaded();
  const found = await findOrganization(context.config, { name }, () => limit(context, request, 'lookup'));
  if (!found) throw new OAuthError('invalid_target', 'This server has no organization of that name.');
  return found;
}

/**
 * The organization that the tenant's tokens are for. If one was asked for, they must be for that one: `org_id`, and
 * `org_name` if the tenant sends it (auth0.com/docs/manage-users/organizations/using-tokens, "Validate tokens"). Otherwise
 * it is what the user chose at the tenant.
 *
 * @param claimed what the verified tokens say.
 * @throws OAuthError `access_denied`; TenantError
 */
export async function signedInOrganization(
  config: SignInConfig,
  asked: Organization | undefined,
  claimed: ClaimedOrganization | undefined,
): Promise<Organization | undefined> {
  if (!config.organizations) return undefined;
  if (!claimed) {
    if (asked)
      throw new OAuthError('access_denied', 'The sign-in was not to the organization that was asked for.');
    if (!config.organizations.required) return undefined;
    throw new OAuthError('access_denied', 'You must sign in to an organization.');
  }
  const expected = asked ?? (await (await loaded()).findOrganization(config, { id: claimed.id }));
  if (!expected) throw new OAuthError('access_denied', 'The organization is not known to this server.');
  if (claimed.id !== expected.id || (claimed.name ?? expected.name) !== expected.name)
    throw new OAuthError('access_denied', 'The sign-in was to another organization.');
  return expected;
}
