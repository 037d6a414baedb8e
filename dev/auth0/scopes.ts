import { needsUserGrant, userGrant } from './audience.ts';
import type { Application } from './model/applications.ts';
import type { ResourceServer } from './model/resource-servers.ts';
import { isManagementApi, type TenantState } from './model/state.ts';
import { isRestricted } from './third-party.ts';

/** Scopes that do not belong to an API. */
export const openidScopes = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'];

/**
 * oidc-provider refuses a request that grants no scope, Auth0 does not. This scope is granted internally and never
 * issued.
 */
export const markerScope = 'signed_in';

/**
 * The requested scopes that exist and may be requested. Auth0 drops the others silently. It also drops OpenID scopes that a
 * third-party application requests, and the Management API's scopes when a user signs in. Auth0 keeps those for the current
 * user, which this tenant does not have.
 */
export function grantableScopes(
  state: TenantState,
  application: Application,
  api: ResourceServer | undefined,
  requested = '',
): string[] {
  const offline = application.grant_types.includes('refresh_token') && (api?.allow_offline_access ?? true);
  const scoped = api !== undefined && !isManagementApi(state, api);
  const apiScopes = new Set(scoped ? api.scopes.map(({ value }) => value) : []);
  const clientGrant =
    api !== undefined && needsUserGrant(state, application, api)
      ? userGrant(state, application, api)
      : undefined;
  return [...new Set(requested.split(' '))].filter((scope) => {
    if (scope === 'offline_access') return offline;
    if (openidScopes.includes(scope)) return !isRestricted(application);
    return apiScopes.has(scope) && (clientGrant === undefined || clientGrant.scope.includes(scope));
  });
}
