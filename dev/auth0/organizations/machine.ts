import type { Application } from '../model/applications.ts';
import type { ClientGrant, TenantState } from '../model/state.ts';
import { oauthError, type TokenReply } from '../token-reply.ts';
import { findOrganization } from './organizations.ts';

/**
 * The organization that a machine client acts for, by its client grant (auth0.com/docs/manage-users/organizations/
 * organizations-for-m2m-applications). An application's default counts only if the grant requires an organization. Auth0
 * documents that these requests fail, but not with which words.
 */
export function machineOrganization(
  state: TenantState,
  application: Application,
  grant: ClientGrant,
  named: string | undefined,
): TokenReply | { id: string | undefined } {
  const usage = grant.organization_usage ?? 'deny';
  if (named !== undefined && usage === 'deny')
    return oauthError(403, 'access_denied', 'The client grant does not allow organizations.');
  const wanted = named ?? (usage === 'require' ? defaultOrganization(application) : undefined);
  if (wanted === undefined)
    return usage === 'require'
      ? oauthError(400, 'invalid_request', 'An organization is required.')
      : { id: undefined };
  const organization = findOrganization(state, wanted);
  if (!organization) return oauthError(400, 'invalid_request', 'The organization does not exist.');
  if (!grant.allow_any_organization && !organization.clientGrants.has(grant.id))
    return oauthError(403, 'access_denied', 'The client grant is not associated with the organization.');
  return { id: organization.id };
}

function defaultOrganization({ default_organization: found }: Application): string | undefined {
  if (typeof found !== 'object' || found === null || !('organization_id' in found)) return undefined;
  return typeof found.organization_id === 'string' ? found.organization_id : undefined;
}
