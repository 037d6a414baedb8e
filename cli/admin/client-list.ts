import { blockedClients } from '../../lib/access-token/blocked-client.ts';
import type { Connection } from '../../lib/access-token/connections.ts';
import { TenantError } from '../../lib/auth0/errors.ts';
import { deadlineIn } from '../../lib/auth0/request.ts';
import type { SignInConfig } from '../../lib/config.ts';
import { listOurs } from '../../lib/oauth/client/application/list.ts';
import { type ClientRecord, isShared } from '../../lib/oauth/client/application/record.ts';
import { isDocumentUrl } from '../../lib/oauth/client/document/rules.ts';
import { displayHost } from '../../lib/oauth/client/redirect-uri.ts';
import { isSelfContainedId } from '../../lib/oauth/client/self-contained-id.ts';
import { allConnections } from './stored.ts';

/** How a client is known: see `Client.source`; `shared` is the application of clients that have none of their own. */
export type ClientKind = 'registered' | 'document' | 'self-contained' | 'shared';

/** A client, as operators see it. */
export type ListedClient = {
  /** As tokens name it (`Client.shortId`). */
  client: string;
  name: string;
  /** The hosts that codes go to. */
  hosts: string[];
  kind: ClientKind;
  /** Its Auth0 application; undefined if it shares one. */
  application: string | undefined;
  /** Users who have let it in and whose connection is not over. */
  users: Set<string>;
  lastUsedAtSeconds: number | undefined;
  blockedAtSeconds: number | undefined;
};

/** Milliseconds for reading the tenant's applications. */
const listTimeoutMs = 30_000;

/**
 * Every client that has an Auth0 application or a connection, or is blocked; the one last used first.
 *
 * @returns also why the applications are missing, if the tenant does not list them.
 * @throws StoreUnavailable
 */
export async function listClients(
  config: SignInConfig,
): Promise<{ clients: ListedClient[]; tenantFailure: string | undefined }> {
  let applications: ClientRecord[] = [];
  let tenantFailure: string | undefined;
  try {
    applications = await listOurs(config, deadlineIn(listTimeoutMs));
  } catch (error) {
    if (!(error instanceof TenantError)) throw error;
    tenantFailure = reasons[error.kind] ?? reasons.unavailable;
  }
  const clients = new Map(applications.map((record) => [idOf(record), ofApplication(record)]));
  const shared = applications.find(isShared);
  for (const [user, connections] of await allConnections(config))
    for (const connection of connections) {
      const client = clients.get(connection.clientId) ?? ofConnection(connection);
      clients.set(connection.clientId, client);
      note(client, user, connection);
      const sharing = shared?.application === connection.application && clients.get(idOf(shared));
      if (sharing) note(sharing, user, connection);
    }
  for (const [id, since] of await blockedClients(config)) {
    const client = clients.get(id) ?? unused(id);
    clients.set(id, { ...client, blockedAtSeconds: since });
  }
  const listed = [...clients.values()];
  listed.sort((a, b) => (b.lastUsedAtSeconds ?? 0) - (a.lastUsedAtSeconds ?? 0));
  return { clients: listed, tenantFailure };
}

const reasons: Partial<Record<TenantError['kind'], string>> & { unavailable: string } = {
  unauthorized: 'The tenant does not accept AUTH0_CLIENT_ID with AUTH0_CLIENT_SECRET.',
  'forbidden-scope': 'The server’s application lacks read:clients: run setup.',
  'rate-limited': 'Auth0 keeps limiting requests to this tenant.',
  unavailable: 'The tenant does not answer.',
};

const idOf = ({ document, application }: ClientRecord) => document ?? application;

function ofApplication(record: ClientRecord): ListedClient {
  const { application, document, name, redirectUris, lastUsed } = record;
  const hosts = document === undefined ? redirectUris.map(displayHost) : [new URL(document).host];
  return {
    client: idOf(record),
    name,
    hosts: [...new Set(hosts)],
    kind: isShared(record) ? 'shared' : document === undefined ? 'registered' : 'document',
    application,
    users: new Set(),
    // A day, noted about once a week: a connection knows better.
    lastUsedAtSeconds: lastUsed === undefined ? undefined : Date.parse(lastUsed) / 1000,
    blockedAtSeconds: undefined,
  };
}

function ofConnection({ clientId, clientName, host }: Connection): ListedClient {
  return { ...unused(clientId), name: clientName, hosts: [host] };
}

/** A client of which only the id is known. */
function unused(id: string): ListedClient {
  return {
    client: id,
    name: '',
    hosts: [],
    kind: isDocumentUrl(id) ? 'document' : isSelfContainedId(id) ? 'self-contained' : 'registered',
    application: undefined,
    users: new Set(),
    lastUsedAtSeconds: undefined,
    blockedAtSeconds: undefined,
  };
}

function note(client: ListedClient, user: string, { lastUsedAtSeconds }: Connection): void {
  client.users.add(user);
  client.lastUsedAtSeconds = Math.max(client.lastUsedAtSeconds ?? 0, lastUsedAtSeconds);
}
