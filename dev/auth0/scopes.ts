import { userPolicy } from './audience.ts';
import type { Application } from './model/applications.ts';
import type { ResourceServer } from './model/resource-servers.ts';
import { findClientGrant, type TenantState } from './model/state.ts';

/** Scopes that need no API. */
export const openidScopes = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'];

/** oidc-provider refuses a request that grants nothing; Auth0 does not. This scope is never handed out. */
export const markerScope = 'signed_in';

/** Those of the requested scopes that exist and may be asked for; Auth0 drops the others without a word. */
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
