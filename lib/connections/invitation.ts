import type { SignInContext } from '../http/endpoint.ts';
import { OAuthError } from '../http/errors.ts';
import type { Parameters } from '../http/parameters.ts';
import { organizationOfOrigin } from '../organizations/address.ts';
import type { Organization } from '../organizations/organization.ts';
import { limit } from '../store/rate-limit.ts';

/** An invitation to an organization, as the link in Auth0's e-mail carries it. */
export type Invitation = { ticket: string; organization: Organization };

/**
 * The invitation that a request carries, from the link in Auth0's e-mail (auth0.com/docs, "Invite Organization Members")
 * or from the page that the link leads to. Auth0 decides whether the ticket is valid; the organization is looked up to
 * name it.
 *
 * @param read reads the parameters, on a server with organizations alone.
 *
 * @returns undefined without an invitation, and on a server without organizations.
 * @throws OAuthError `invalid_request`; TenantError
 */
export async function readInvitation(
  request: Request,
  context: SignInContext,
  read: () => Parameters | Promise<Parameters>,
): Promise<Invitation | undefined> {
  const { config, origin } = context;
  if (!config.organizations) return undefined;
  const parameters = await read();
  const [ticket, id] = [parameters.get('invitation'), parameters.get('organization')];
  if (ticket === undefined || id === undefined) return undefined;
  const { findOrganization } = await import('../auth0/organizations.ts');
  const isWellFormed = /^[\w-]{1,256}$/.test(ticket) && /^org_\w{1,64}$/.test(id);
  const organization = isWellFormed
    ? await findOrganization(config, { id }, () => limit(context, request, 'lookup'))
    : undefined;
  const own = organizationOfOrigin(origin, config);
  if (!organization || (own !== undefined && own !== organization.name))
    throw new OAuthError('invalid_request', 'The invitation is not for an organization of this server.');
  return { ticket, organization };
}
