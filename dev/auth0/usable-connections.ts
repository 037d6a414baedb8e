import type { Refusal } from './authorization-params.ts';
import type { Application } from './model/applications.ts';
import type { Connection } from './model/connections.ts';
import type { Organization } from './model/organizations.ts';
import type { TenantState } from './model/state.ts';

/**
 * The connections that an application may use. Third-party applications may only use domain connections. In an
 * organization, its connections count instead of the application's.
 */
export function usableConnections(
  state: TenantState,
  application: Application,
  organization?: Organization,
): Connection[] {
  return state.connections.filter((connection) => {
    if (!application.is_first_party && !connection.is_domain_connection) return false;
    if (organization) return organization.connections.has(connection.id);
    return !application.is_first_party || connection.enabled.has(application.client_id);
  });
}

/** Refuses an application without a usable connection, or one that names a connection it may not use. */
export function refuseConnection(
  state: TenantState,
  application: Application,
  wanted: string | undefined,
  organization?: Organization,
): Refusal | undefined {
  const usable = usableConnections(state, application, organization);
  const found = wanted === undefined ? usable[0] : usable.find(({ name }) => name === wanted);
  if (found) return undefined;
  if (!application.is_first_party) {
    const name = wanted ?? state.connections.find(({ strategy }) => strategy === 'auth0')?.name;
    if (name !== undefined) {
      return {
        error: 'invalid_request',
        description: `${name} does not exist or is not a domain connection`,
      };
    }
  }
  const description =
    wanted === undefined || usable.length === 0
      ? 'no connections enabled for the client'
      : 'the connection is not enabled';
  return { error: 'invalid_request', description };
}
