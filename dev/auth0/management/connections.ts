import { z } from 'zod';
import type { Connection } from '../model/connections.ts';
import { listing, selectFields } from './listing.ts';
import { parsePayload } from './payload.ts';
import { type Reply, refusal } from './reply.ts';
import type { ManagementRequest, Route } from './route.ts';

const notFound = refusal(404, 'The connection does not exist', 'inexistent_connection');

/** `/api/v2/connections`. Connections can be changed, but neither added nor deleted. */
export const connectionRoutes: readonly Route[] = [
  { method: 'GET', path: '/connections', scopes: ['read:connections'], handle: list },
  { method: 'GET', path: '/connections/:id', scopes: ['read:connections'], handle: read },
  { method: 'PATCH', path: '/connections/:id', scopes: ['update:connections'], handle: update },
  { method: 'GET', path: '/connections/:id/clients', scopes: ['read:connections'], handle: listClients },
  { method: 'PATCH', path: '/connections/:id/clients', scopes: ['update:connections'], handle: patchClients },
];

function visible({ enabled: _enabled, ...connection }: Connection): Record<string, unknown> {
  return connection;
}

function list({ state, query }: ManagementRequest): Reply {
  const name = query.get('name');
  const strategies = query.getAll('strategy');
  const found = state.connections.filter(
    (connection) =>
      (name === null || connection.name === name) &&
      (strategies.length === 0 || strategies.includes(connection.strategy)),
  );
  return listing('connections', found.map(visible), query);
}

function find({ state, params }: ManagementRequest): Connection | undefined {
  return state.connections.find(({ id }) => id === params.id);
}

function read(request: ManagementRequest): Reply {
  const connection = find(request);
  return connection === undefined
    ? notFound
    : { status: 200, body: selectFields(visible(connection), request.query) };
}

// Without `enabled_clients`, which has reached its end of life.
const connectionPatch = z.strictObject({
  display_name: z.string().max(128).optional(),
  is_domain_connection: z.boolean().optional(),
  options: z.record(z.string(), z.unknown()).optional(),
  realms: z.array(z.string()).optional(),
  connected_accounts: z.strictObject({ active: z.boolean() }).optional(),
  show_as_button: z.boolean().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
});

function update(request: ManagementRequest): Reply {
  const parsed = parsePayload(connectionPatch, request.body);
  if (!parsed.ok) return parsed.reply;
  const connection = find(request);
  if (connection === undefined) return notFound;
  Object.assign(connection, parsed.value);
  return { status: 200, body: visible(connection) };
}

function listClients(request: ManagementRequest): Reply {
  const connection = find(request);
  if (connection === undefined) return notFound;
  const query = new URLSearchParams(request.query);
  if (!query.has('take')) query.set('take', '50');
  const clients = [...connection.enabled].map((client_id) => ({ client_id }));
  return listing('clients', clients, query);
}

const enablement = z
  .array(z.strictObject({ client_id: z.string().min(1), status: z.boolean() }))
  .min(1)
  .max(50);

/** Applies the changes together. Applications that are not named stay unchanged. */
function patchClients(request: ManagementRequest): Reply {
  const parsed = parsePayload(enablement, request.body);
  if (!parsed.ok) return parsed.reply;
  const connection = find(request);
  if (connection === undefined) return notFound;
  if (!parsed.value.every(({ client_id }) => request.state.applications.has(client_id))) {
    return refusal(404, 'The client does not exist', 'inexistent_client');
  }
  for (const { client_id, status } of parsed.value) {
    if (status) connection.enabled.add(client_id);
    else connection.enabled.delete(client_id);
  }
  return { status: 204 };
}
