import type { AuthorizationParams, Refusal } from './authorization-params.ts';
import type { Application } from './model/applications.ts';
import type { ResourceServer } from './model/resource-servers.ts';
import { findClientGrant, type TenantState } from './model/state.ts';

/** The requested audience: `audience`, else `resource` in the compatibility profile, else the tenant's default. */
export function requestedAudience(state: TenantState, params: AuthorizationParams): string | undefined {
  const resource =
    state.settings.resource_parameter_profile === 'compatibility' ? params.resource : undefined;
  const audience = params.audience || resource || state.settings.default_audience || undefined;
  return audience === `${state.issuer}userinfo` ? undefined : audience;
}

/** Refuses an unknown API, and an API whose user policy does not allow this application. */
export function refuseAudience(
  state: TenantState,
  application: Application,
  audience: string | undefined,
  api: ResourceServer | undefined,
): Refusal | undefined {
  if (audience === undefined) return undefined;
  if (api === undefined) return { error: 'access_denied', description: `Service not found: ${audience}` };
  const policy = userPolicy(state, api);
  const allowed =
    policy === 'allow_all' ||
    (policy === 'require_client_grant' &&
      findClientGrant(state, application.client_id, audience, 'user') !== undefined);
  if (allowed) return undefined;
  return {
    error: 'invalid_request',
    description: `Client "${application.client_id}" is not authorized to access resource server "${audience}".`,
  };
}

/** Which applications may get tokens for users. Without a policy, an API allows all of them on older tenants only. */
export function userPolicy(state: TenantState, api: ResourceServer) {
  const unset = state.switches.strictUserPolicy ? 'require_client_grant' : 'allow_all';
  return api.subject_type_authorization?.user?.policy ?? unset;
}
