import type { Refusal } from './authorization-params.ts';
import type { Application } from './model/applications.ts';
import type { Connection } from './model/connections.ts';
import type { TenantState } from './model/state.ts';

/** Connections an application may use: third-party applications only those open to the whole domain. */
export function usableConnections(state: TenantState, application: Application): Connection[] {
  return state.connections.filter((connection) =>
    application.is_first_party
      ? connection.enabled.has(application.client_id)
      : connection.is_domain_connection,
  );
}

/** Refuses an application that nobody can sign in to, or not through the connection it names. */
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
