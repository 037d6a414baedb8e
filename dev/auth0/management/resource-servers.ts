import { z } from 'zod';
import {
  clientPolicies,
  newResourceServer,
  type ResourceServer,
  tokenDialects,
  userPolicies,
} from '../model/resource-servers.ts';
import { findApi, type TenantState } from '../model/state.ts';
import { activated } from '../my-account/api.ts';
import { listing, selectFields } from './listing.ts';
import { parsePayload } from './payload.ts';
import { type Reply, refusal } from './reply.ts';
import type { ManagementRequest, Route } from './route.ts';

const notFound = refusal(404, 'The resource server does not exist', 'inexistent_resource_server');
const systemApi = refusal(
  400,
  'Only the token lifetime of a system API can be changed.',
  'operation_not_supported',
);

/** `/api/v2/resource-servers`. `{id}` is an id or a URL-encoded identifier. */
export const resourceServerRoutes: readonly Route[] = [
  { method: 'GET', path: '/resource-servers', scopes: ['read:resource_servers'], handle: list },
  { method: 'POST', path: '/resource-servers', scopes: ['create:resource_servers'], handle: create },
  { method: 'GET', path: '/resource-servers/:id', scopes: ['read:resource_servers'], handle: read },
  { method: 'PATCH', path: '/resource-servers/:id', scopes: ['update:resource_servers'], handle: update },
  { method: 'DELETE', path: '/resource-servers/:id', scopes: ['delete:resource_servers'], handle: remove },
];

const settings = z.strictObject({
  name: z
    .string()
    .max(200)
    .regex(/^[^<>]+$/)
    .optional(),
  scopes: z
    .array(z.strictObject({ value: z.string().min(1).max(280), description: z.string().max(500).optional() }))
    .optional(),
  signing_alg: z.enum(['HS256', 'RS256', 'PS256']).optional(),
  signing_secret: z.string().min(16).optional(),
  allow_offline_access: z.boolean().optional(),
  allow_online_access: z.boolean().optional(),
  skip_consent_for_verifiable_first_party_clients: z.boolean().optional(),
  token_lifetime: z.int().min(0).max(2592000).optional(),
  token_lifetime_for_web: z.int().min(0).max(2592000).optional(),
  token_dialect: z.enum(tokenDialects).optional(),
  enforce_policies: z.boolean().optional(),
  token_encryption: z.unknown().optional(),
  consent_policy: z.unknown().optional(),
  authorization_details: z.unknown().optional(),
  proof_of_possession: z.unknown().optional(),
  subject_type_authorization: z
    .strictObject({
      user: z.strictObject({ policy: z.enum(userPolicies) }).optional(),
      client: z.strictObject({ policy: z.enum(clientPolicies) }).optional(),
    })
    .optional(),
});

const creation = settings.extend({ identifier: z.string().min(1).max(600) });

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
  const parsed = parsePayload(creation, body);
  if (!parsed.ok) return parsed.reply;
  if (findApi(state, parsed.value.identifier) !== undefined) {
    return refusal(
      409,
      'A resource server with the same identifier already exists',
      'resource_server_conflict',
    );
  }
  const created = parsed.value as { identifier: string } & Partial<ResourceServer>;
  const api = activated(state.issuer, created) ?? newResourceServer(created);
  state.resourceServers.set(api.id, api);
  return { status: 201, body: api };
}

function read({ state, params, query }: ManagementRequest): Reply {
  const api = find(state, params.id);
  return api === undefined ? notFound : { status: 200, body: selectFields(api, query) };
}

function update({ state, params, body }: ManagementRequest): Reply {
  const parsed = parsePayload(settings, body);
  if (!parsed.ok) return parsed.reply;
  const api = find(state, params.id);
  if (api === undefined) return notFound;
  const changeable = ['token_lifetime', 'skip_consent_for_verifiable_first_party_clients'];
  if (api.is_system && !Object.keys(parsed.value).every((name) => changeable.includes(name)))
    return systemApi;
  Object.assign(api, parsed.value);
  return { status: 200, body: api };
}

function remove({ state, params }: ManagementRequest): Reply {
  const api = find(state, params.id);
  if (api === undefined) return notFound;
  if (api.is_system) return systemApi;
  state.resourceServers.delete(api.id);
  for (const grant of [...state.clientGrants.values()]) {
    if (grant.audience === api.identifier) state.clientGrants.delete(grant.id);
  }
  return { status: 204 };
}
