import { z } from 'zod';
import {
  changedResourceServer,
  newResourceServer,
  type ResourceServer,
  type ResourceServerChange,
} from '../model/resource-servers.ts';
import { findApi, type TenantState } from '../model/state.ts';
import { activated } from '../my-account/api.ts';
import { listing, selectFields } from './listing.ts';
import { invalidPayload, parsePayload } from './payload.ts';
import { flag, paging, several } from './query.ts';
import { type Reply, refusal } from './reply.ts';
import { resourceServerCreation, resourceServerPatch } from './resource-server-schema.ts';
import type { ManagementRequest, Route } from './route.ts';

const notFound = refusal(404, 'The resource server does not exist', 'inexistent_resource_server');
const systemApi = (done: 'patched' | 'deleted') =>
  refusal(400, `System resource servers cannot be ${done}.`, 'operation_not_supported');

const listQuery = z.strictObject({
  ...paging,
  include_fields: flag,
  identifiers: several(z.string().min(1)).pipe(z.array(z.string()).max(10).optional()),
});

/**
 * `/api/v2/resource-servers`. `{id}` is an id or a URL-encoded identifier. Enforces, from the API's OpenAPI description:
 * bodies (`resource-server-schema.ts`), at most 10 `identifiers`, no choice of `fields`, an identifier once only, and no
 * change or deletion of a system API. Two of its settings can be changed in the dashboard, and so here.
 */
export const resourceServerRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/resource-servers',
    scopes: ['read:resource_servers'],
    query: listQuery,
    handle: list,
  },
  { method: 'POST', path: '/resource-servers', scopes: ['create:resource_servers'], handle: create },
  {
    method: 'GET',
    path: '/resource-servers/:id',
    scopes: ['read:resource_servers'],
    query: z.strictObject({ include_fields: flag }),
    handle: read,
  },
  { method: 'PATCH', path: '/resource-servers/:id', scopes: ['update:resource_servers'], handle: update },
  { method: 'DELETE', path: '/resource-servers/:id', scopes: ['delete:resource_servers'], handle: remove },
];

function find(state: TenantState, idOrIdentifier = ''): ResourceServer | undefined {
  return state.resourceServers.get(idOrIdentifier) ?? findApi(state, idOrIdentifier);
}

function list({ state, query }: ManagementRequest): Reply {
  const wanted = query.getAll('identifiers');
  const found = [...state.resourceServers.values()].filter(
    ({ identifier }) => wanted.length === 0 || wanted.includes(identifier),
  );
  return listing('resource_servers', found, query);
}

function create({ state, body }: ManagementRequest): Reply {
  const parsed = parsePayload(resourceServerCreation, body);
  if (!parsed.ok) return parsed.reply;
  const refused = refuseCombination(newResourceServer(parsed.value), parsed.value);
  if (refused) return refused;
  if (findApi(state, parsed.value.identifier) !== undefined) {
    return refusal(
      409,
      'A resource server with the same identifier already exists',
      'resource_server_conflict',
    );
  }
  const api = activated(state.issuer, parsed.value) ?? newResourceServer(parsed.value);
  state.resourceServers.set(api.id, api);
  return { status: 201, body: api };
}

/** Refuses settings that do not go together. */
function refuseCombination(api: ResourceServer, change: ResourceServerChange): Reply | undefined {
  if (change.token_lifetime_for_web !== undefined && change.token_lifetime_for_web > api.token_lifetime)
    return invalidPayload("'Cannot be greater than token_lifetime' on property token_lifetime_for_web");
  if (api.signing_secret !== undefined && api.signing_alg !== 'HS256')
    return invalidPayload("'Only allowed with HS256' on property signing_secret");
  return undefined;
}

function read({ state, params, query }: ManagementRequest): Reply {
  const api = find(state, params.id);
  return api === undefined ? notFound : { status: 200, body: selectFields(api, query) };
}

function update({ state, params, body }: ManagementRequest): Reply {
  const parsed = parsePayload(resourceServerPatch, body);
  if (!parsed.ok) return parsed.reply;
  const api = find(state, params.id);
  if (api === undefined) return notFound;
  const changeable = ['token_lifetime', 'skip_consent_for_verifiable_first_party_clients'];
  if (api.is_system && !Object.keys(parsed.value).every((name) => changeable.includes(name)))
    return systemApi('patched');
  const changed = changedResourceServer(api, parsed.value);
  const refused = refuseCombination(changed, parsed.value);
  if (refused) return refused;
  state.resourceServers.set(api.id, changed);
  return { status: 200, body: changed };
}

function remove({ state, params }: ManagementRequest): Reply {
  const api = find(state, params.id);
  if (api === undefined) return notFound;
  if (api.is_system) return systemApi('deleted');
  state.resourceServers.delete(api.id);
  for (const grant of [...state.clientGrants.values()]) {
    if (grant.audience === api.identifier) state.clientGrants.delete(grant.id);
  }
  return { status: 204 };
}
