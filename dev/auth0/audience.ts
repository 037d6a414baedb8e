import type { AuthorizationParams, Refusal } from './authorization-params.ts';
import type { Application } from './model/applications.ts';
import type { ResourceServer } from './model/resource-servers.ts';
import { type ClientGrant, findClientGrant, type TenantState } from './model/state.ts';
import { isRestricted } from './third-party.ts';

/** The requested audience: `audience`, else `resource` in the compatibility profile, else the tenant's default. */
export function requestedAudience(state: TenantState, params: AuthorizationParams): string | undefined {
  const resource =
    state.settings.resource_parameter_profile === 'compatibility' ? params.resource : undefined;
  const audience = params.audience || resource || state.settings.default_audience || undefined;
  return audience === `${state.issuer}userinfo` ? undefined : audience;
}

/**
 * Refuses an unknown API, an API whose user policy does not allow this application, and to a third-party application
 * every API without a client grant for it.
 */
export function refuseAudience(
  state: TenantState,
  application: Application,
  audience: string | undefined,
  api: ResourceServer | undefined,
): Refusal | undefined {
  if (audience === undefined) return undefined;
  if (api === undefined) return { error: 'access_denied', description: `Service not found: ${audience}` };
  if (userPolicy(state, api) !== 'deny_all') {
    if (!needsUserGrant(state, application, api)) return undefined;
    if (userGrant(state, application, api) !== undefined && !(api.is_system && isRestricted(application)))
      return undefined;
  }
  return {
    error: isRestricted(application) ? 'unauthorized_client' : 'invalid_request',
    description: `Client "${application.client_id}" is not authorized to access resource server "${audience}".`,
  };
}

/** Whether the application needs a client grant to get users' tokens for an API. */
export function needsUserGrant(state: TenantState, application: Application, api: ResourceServer): boolean {
  return isRestricted(application) || userPolicy(state, api) === 'require_client_grant';
}

/** The application's client grant for users' tokens at an API. */
export function userGrant(
  state: TenantState,
  { client_id }: Application,
  { identifier }: ResourceServer,
): ClientGrant | undefined {
  return findClientGrant(state, client_id, identifier, 'user');
}

/** Which applications may get tokens for users. Without a policy, an API allows all of them on older tenants only. */
export function userPolicy(state: TenantState, api: ResourceServer) {
  const unset = state.switches.strictUserPolicy ? 'require_client_grant' : 'allow_all';
  return api.subject_type_authorization?.user?.policy ?? unset;
}
