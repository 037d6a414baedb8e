import { z } from 'zod';
import { type Connection, connectionStrategies } from '../model/connections.ts';
import { listing, selectFields } from './listing.ts';
import { hasProperties, invalidPayload, noProperties, parsePayload } from './payload.ts';
import { checkpoints, longCheckpoints, paging, selection, several } from './query.ts';
import { type Reply, refusal } from './reply.ts';
import type { ManagementRequest, Route } from './route.ts';

const notFound = refusal(404, 'The connection does not exist', 'inexistent_connection');

const properties = [
  ...['id', 'name', 'display_name', 'strategy', 'options', 'realms', 'enabled_clients', 'metadata'],
  ...['is_domain_connection', 'show_as_button', 'provisioning_ticket_url', 'authentication'],
  ...['connected_accounts', 'cross_app_access_requesting_app'],
];

const readQuery = z.strictObject(selection(properties));
const listQuery = z.strictObject({
  ...paging,
  ...checkpoints,
  ...selection(properties),
  strategy: several(z.enum(connectionStrategies)),
  name: z.string().optional(),
});

/**
 * `/api/v2/connections`. Connections can be changed, but neither added nor deleted. Enforces, from the API's OpenAPI
 * description:
 *
 * - the strategies that exist, and no page beyond the first 1000 connections;
 * - the clients of a connection are listed by checkpoint only, up to 1000 at once;
 * - a change has at least one property and no others than a connection has; `enabled_clients` has reached its end of life;
 * - a `display_name` of up to 128 characters, and up to 10 `metadata` with values of up to 255 characters; `null` removes
 *   one. Changed `options` replace the former ones as a whole;
 * - clients are changed by 1 to 50 at once, which all exist.
 *
 * Not enforced: what each strategy accepts as its `options`.
 */
export const connectionRoutes: readonly Route[] = [
  { method: 'GET', path: '/connections', scopes: ['read:connections'], query: listQuery, handle: list },
  { method: 'GET', path: '/connections/:id', scopes: ['read:connections'], query: readQuery, handle: read },
  { method: 'PATCH', path: '/connections/:id', scopes: ['update:connections'], handle: update },
  {
    method: 'GET',
    path: '/connections/:id/clients',
    scopes: ['read:connections'],
    query: z.strictObject(longCheckpoints),
    handle: listClients,
  },
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
  return listing('connections', found.map(visible), query, { perPage: 100, results: 1000 });
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

const active = z.strictObject({ active: z.boolean() });
const connectionPatch = z
  .strictObject({
    display_name: z.string().max(128).optional(),
    is_domain_connection: z.boolean().optional(),
    options: z.record(z.string(), z.unknown()).nullish(),
    realms: z.array(z.string()).optional(),
    show_as_button: z.boolean().optional(),
    metadata: z.record(z.string().max(255), z.string().max(255).nullable()).optional(),
    authentication: active.optional(),
    connected_accounts: active.extend({ cross_app_access: z.boolean().optional() }).optional(),
    cross_app_access_requesting_app: active.optional(),
  })
  .refine(hasProperties, noProperties);

function update(request: ManagementRequest): Reply {
  const parsed = parsePayload(connectionPatch, request.body);
  if (!parsed.ok) return parsed.reply;
  const connection = find(request);
  if (connection === undefined) return notFound;
  const { metadata, options, ...rest } = parsed.value;
  const merged = Object.entries({ ...connection.metadata, ...metadata });
  if (merged.filter(([, value]) => value !== null).length > 10) {
    return invalidPayload("'Too many properties defined, maximum 10' on property metadata");
  }
  Object.assign(connection, rest);
  if (options !== undefined) connection.options = options ?? {};
  if (metadata !== undefined) {
    connection.metadata = Object.fromEntries(
      merged.filter((entry): entry is [string, string] => entry[1] !== null),
    );
  }
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
