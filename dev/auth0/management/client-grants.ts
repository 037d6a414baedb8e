import { z } from 'zod';
import { randomAlphanumerics } from '../model/identifiers.ts';
import { type ClientGrant, findApi, findClientGrant, type TenantState } from '../model/state.ts';
import { isRestricted } from '../third-party.ts';
import { listing } from './listing.ts';
import { hasProperties, noProperties, parsePayload } from './payload.ts';
import { checkpoints, paging } from './query.ts';
import { type Reply, refusal } from './reply.ts';
import type { ManagementRequest, Route } from './route.ts';

const notFound = refusal(404, 'The client grant does not exist', 'inexistent_client_grant');

const listQuery = z.strictObject({
  ...paging,
  ...checkpoints,
  audience: z.string().optional(),
  client_id: z.string().optional(),
  allow_any_organization: z.literal('true').optional(),
  subject_type: z.enum(['client', 'user', 'anonymous_user']).optional(),
  default_for: z.enum(['third_party_clients']).optional(),
});

/**
 * `/api/v2/client-grants`. Refuses properties that a grant does not have, values outside the enumerations, scopes over
 * 280 characters or that the API does not define, an application or API that does not exist, and a second grant for the
 * same application, API and subject type. A third-party application gets no grant for a system API. A change has at least one
 * property. Grants for anonymous users and for all third-party clients are refused too.
 */
export const clientGrantRoutes: readonly Route[] = [
  { method: 'GET', path: '/client-grants', scopes: ['read:client_grants'], query: listQuery, handle: list },
  { method: 'POST', path: '/client-grants', scopes: ['create:client_grants'], handle: create },
  { method: 'PATCH', path: '/client-grants/:id', scopes: ['update:client_grants'], handle: update },
  { method: 'DELETE', path: '/client-grants/:id', scopes: ['delete:client_grants'], handle: remove },
];

const scope = z.array(z.string().min(1).max(280));
const creation = z.strictObject({
  client_id: z.string().min(1),
  audience: z.string().min(1),
  scope: scope.optional(),
  subject_type: z.enum(['client', 'user']).optional(),
  organization_usage: z.enum(['deny', 'allow', 'require']).optional(),
  allow_any_organization: z.boolean().optional(),
  authorization_details_types: z.array(z.string().min(1).max(255)).optional(),
  allow_all_scopes: z.boolean().optional(),
});
const patch = z
  .strictObject({
    scope: scope.nullish(),
    organization_usage: z.enum(['deny', 'allow', 'require']).nullish(),
    allow_any_organization: z.boolean().nullish(),
    authorization_details_types: z.array(z.string().min(1).max(255)).optional(),
    allow_all_scopes: z.boolean().nullish(),
  })
  .refine(hasProperties, noProperties);

function list({ state, query }: ManagementRequest): Reply {
  const matches = (name: 'client_id' | 'audience' | 'subject_type', grant: ClientGrant) =>
    !query.has(name) || query.get(name) === grant[name];
  const found = [...state.clientGrants.values()].filter(
    (grant) => matches('client_id', grant) && matches('audience', grant) && matches('subject_type', grant),
  );
  return listing('client_grants', found, query);
}

/** Refuses scopes that the API does not define. */
function refuseForeignScopes(state: TenantState, audience: string, wanted: string[]): Reply | undefined {
  const defined = new Set(findApi(state, audience)?.scopes.map(({ value }) => value));
  if (wanted.every((value) => defined.has(value))) return undefined;
  return refusal(
    400,
    'Payload validation error: scope must be a subset of resource server scopes',
    'invalid_body',
  );
}

function create({ state, body }: ManagementRequest): Reply {
  const parsed = parsePayload(creation, body);
  if (!parsed.ok) return parsed.reply;
  const { client_id, audience, scope: scopes = [], subject_type = 'client', ...rest } = parsed.value;
  const application = state.applications.get(client_id);
  if (application === undefined) return refusal(404, 'The client does not exist', 'inexistent_client');
  const api = findApi(state, audience);
  if (api === undefined) {
    return refusal(404, 'The resource server does not exist', 'inexistent_resource_server');
  }
  if (api.is_system && isRestricted(application)) {
    const message = 'Client grants for this API cannot be created for third-party clients.';
    return refusal(400, message, 'operation_not_supported');
  }
  const foreign = refuseForeignScopes(state, audience, scopes);
  if (foreign) return foreign;
  if (findClientGrant(state, client_id, audience, subject_type) !== undefined) {
    return refusal(409, 'Resource client_grant already exists.', 'client_grant_conflict');
  }
  const id = `cgr_${randomAlphanumerics(16)}`;
  const grant = { id, client_id, audience, scope: scopes, subject_type, ...rest };
  state.clientGrants.set(id, grant);
  return { status: 201, body: grant };
}

function update({ state, params, body }: ManagementRequest): Reply {
  const parsed = parsePayload(patch, body);
  if (!parsed.ok) return parsed.reply;
  const grant = state.clientGrants.get(params.id ?? '');
  if (grant === undefined) return notFound;
  const foreign = refuseForeignScopes(state, grant.audience, parsed.value.scope ?? []);
  if (foreign) return foreign;
  Object.assign(grant, parsed.value);
  return { status: 200, body: grant };
}

function remove({ state, params }: ManagementRequest): Reply {
  return state.clientGrants.delete(params.id ?? '') ? { status: 204 } : notFound;
}
