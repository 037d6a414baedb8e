import type { AuthorizationParams, Refusal } from '../authorization-params.ts';
import type { Application } from '../model/applications.ts';
import type { Organization } from '../model/organizations.ts';
import { type TenantState, tenantNowMs } from '../model/state.ts';
import { findOrganization, organizationBehavior } from './organizations.ts';

const invalid = (description: string): Refusal => ({ error: 'invalid_request', description });

/**
 * Refuses an authorization request by the application's use of organizations. The first two descriptions are Auth0's; it
 * documents the others as `invalid_request` without their words.
 */
export function refuseOrganization(
  state: TenantState,
  application: Application,
  params: AuthorizationParams,
): Refusal | undefined {
  const { usage, prompt } = organizationBehavior(application);
  if (params.organization === undefined) {
    return usage === 'require' && prompt === 'no_prompt'
      ? invalid('parameter organization is required for this client')
      : undefined;
  }
  if (usage === 'deny') return invalid('parameter organization is not allowed for this client');
  const organization = findOrganization(state, params.organization);
  if (!organization) return invalid('invalid organization');
  if (!application.is_first_party && organization.third_party_client_access !== 'allow')
    return invalid('the organization does not allow third-party applications');
  if (params.invitation !== undefined && !findInvitation(state, organization, params.invitation))
    return invalid('invitation not found or already used');
  return undefined;
}

/** The invitation with this ticket, if it can still be accepted. */
export function findInvitation(state: TenantState, organization: Organization, ticket: string) {
  return organization.invitations.find(
    (each) => each.ticket === ticket && each.expiresAtMs > tenantNowMs(state),
  );
}

/** The application's callbacks, with `{organization_name}` replaced by the organization that is asked for. */
export function allowedCallbacks(
  state: TenantState,
  application: Application,
  named: string | undefined,
): string[] {
  const { callbacks = [] } = application;
  const organization = findOrganization(state, named);
  if (!organization || organizationBehavior(application).usage === 'deny') return callbacks;
  return callbacks.map((callback) => callback.replace('{organization_name}', organization.name));
}
