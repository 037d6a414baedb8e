import type { Refusal } from './authorization-params.ts';
import type { Application } from './model/applications.ts';
import type { Connection } from './model/connections.ts';
import type { TenantState } from './model/state.ts';

/** The connections that an application may use. Third-party applications may only use domain connections. */
export function usableConnections(state: TenantState, application: Application): Connection[] {
  return state.connections.filter((connection) =>
    application.is_first_party
      ? connection.enabled.has(application.client_id)
      : connection.is_domain_connection,
  );
}

/** Refuses an application without a usable connection, or one that names a connection it may not use. */
export function refuseConnection(
  state: TenantState,
  application: Application,
  wanted: string | undefined,
): Refusal | undefined {
  const usable = usableConnections(state, application);
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
