import type { SignInContext } from '../http/endpoint.ts';
import { organizationOfOrigin } from '../organizations/address.ts';
import type { Grant } from './grant.ts';

type Address = Pick<SignInContext, 'config' | 'origin'>;

/**
 * Why a grant does not count at an address: it is for another origin, another path or another organization. Undefined if it
 * counts. Costs a few comparisons.
 *
 * @param organizationPath the name in the path of the endpoint, if it has one.
 */
export function refusedAddress(
  address: Address,
  grant: Pick<Grant, 'origin' | 'organization' | 'organizationPath'>,
  organizationPath: string | undefined,
): string | undefined {
  if (grant.origin !== address.origin || grant.organizationPath !== organizationPath)
    return 'The token is for another address of this server';
  return refusedOrganization(address, grant.organization, organizationPath);
}

/** Why somebody of this organization, or of none, has no access at an address; undefined if they have. */
export function refusedOrganization(
  { config, origin }: Address,
  organization: Grant['organization'],
  organizationPath: string | undefined,
): string | undefined {
  if (!config.organizations) return undefined;
  const addressed = organizationPath ?? organizationOfOrigin(origin, config);
  if (addressed !== undefined && organization?.name !== addressed)
    return 'The token is for another organization';
  if (config.organizations.required && !organization) return 'The token is for no organization';
  return undefined;
}
