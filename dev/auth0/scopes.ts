import { userPolicy } from './audience.ts';
import type { Application } from './model/applications.ts';
import type { ResourceServer } from './model/resource-servers.ts';
import { findClientGrant, type TenantState } from './model/state.ts';

/** Scopes that do not belong to an API. */
export const openidScopes = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'];

/**
 * oidc-provider refuses a request that grants no scope, Auth0 does not. This scope is granted internally and never
 * issued.
 */
export const markerScope = 'signed_in';

/** The requested scopes that exist and may be requested. Auth0 drops the others silently. */
export function grantableScopes(
  state: TenantState,
  application: Application,
  api: ResourceServer | undefined,
  requested = '',
): string[] {
  const offline = application.grant_types.includes('refresh_token') && (api?.allow_offline_access ?? true);
  const apiScopes = new Set(api?.scopes.map(({ value }) => value));
  const clientGrant =
    api !== undefined && userPolicy(state, api) === 'require_client_grant'
      ? findClientGrant(state, application.client_id, api.identifier, 'user')
      : undefined;
  return [...new Set(requested.split(' '))].filter((scope) => {
    if (scope === 'offline_access') return offline;
    if (openidScopes.includes(scope)) return true;
    return apiScopes.has(scope) && (clientGrant === undefined || clientGrant.scope.includes(scope));
  });
}
