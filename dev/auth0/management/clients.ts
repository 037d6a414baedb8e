import { z } from 'zod';
import {
  type Application,
  type ApplicationInput,
  newApplication,
  patchedApplication,
} from '../model/applications.ts';
import { randomSecret } from '../model/identifiers.ts';
import type { TenantState } from '../model/state.ts';
import { clientCreation, clientPatch } from './client-schema.ts';
import { listing, selectFields } from './listing.ts';
import { invalidPayload, parsePayload } from './payload.ts';
import { checkpoints, flag, pagingFromZero, selection } from './query.ts';
import { type Reply, refusal } from './reply.ts';
import type { ManagementRequest, Route } from './route.ts';
import { refuseOtherOwner, refuseThirdPartyClient, thirdPartyDefaults } from './third-party-client.ts';

const notFound = refusal(404, 'The client does not exist', 'inexistent_client');
const keyProperties = ['client_secret', 'signing_keys', 'encryption_key'];

const listQuery = z.strictObject({
  ...pagingFromZero,
  ...checkpoints,
  ...selection(),
  is_global: flag,
  is_first_party: flag,
  app_type: z.string().optional(),
  external_client_id: z.string().min(1).max(120).optional(),
  q: z.string().optional(),
});

/**
 * `/api/v2/clients`. Enforces what an application may be (`client-schema.ts`, `third-party-client.ts`), the plan's number of
 * applications, and that secrets are shown only with `read:client_keys`, except right after creation and rotation.
 */
export const clientRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/clients',
    scopes: ['read:clients', 'read:client_keys'],
    query: listQuery,
    handle: list,
  },
  { method: 'POST', path: '/clients', scopes: ['create:clients'], handle: create },
  {
    method: 'GET',
    path: '/clients/:id',
    scopes: ['read:clients', 'read:client_keys'],
    query: z.strictObject(selection()),
    handle: read,
  },
  { method: 'PATCH', path: '/clients/:id', scopes: ['update:clients', 'update:client_keys'], handle: update },
  {
    method: 'POST',
    path: '/clients/:id/rotate-secret',
    scopes: ['update:client_keys'],
    withoutBody: true,
    handle: rotateSecret,
  },
  { method: 'DELETE', path: '/clients/:id', scopes: ['delete:clients'], handle: remove },
];

/** Hides secrets from callers without `read:client_keys`. */
function visible(application: Application, scopes: ReadonlySet<string>): Record<string, unknown> {
  if (scopes.has('read:client_keys')) return application;
  return Object.fromEntries(Object.entries(application).filter(([name]) => !keyProperties.includes(name)));
}

function list({ state, query, scopes }: ManagementRequest): Reply {
  const firstParty = query.get('is_first_party');
  const appTypes = query.get('app_type')?.split(',');
  const found = [...state.applications.values()].filter(
    (application) =>
      (firstParty === null || String(application.is_first_party) === firstParty) &&
      (appTypes === undefined || appTypes.includes(application.app_type ?? '')),
  );
  return listing(
    'clients',
    found.map((application) => visible(application, scopes)),
    query,
  );
}

/** Answers 403 once the plan's number of applications is reached. */
export function refuseOverQuota(state: TenantState): Reply | undefined {
  const quota = state.switches.applicationQuota;
  if (!quota || state.applications.size < quota) return undefined;
  return refusal(403, 'You reached the limit of entities of this type for this tenant.', 'too_many_entities');
}

function create({ state, body }: ManagementRequest): Reply {
  const parsed = parsePayload(clientCreation, body);
  if (!parsed.ok) return parsed.reply;
  const overQuota = refuseOverQuota(state);
  if (overQuota) return overQuota;
  const input = parsed.value as ApplicationInput;
  const refused = refuseThirdPartyClient(input);
  if (refused) return refused;
  const application = newApplication(state.name, { ...thirdPartyDefaults(input), ...input });
  state.applications.set(application.client_id, application);
  return { status: 201, body: application };
}

function read({ state, params, query, scopes }: ManagementRequest): Reply {
  const application = state.applications.get(params.id ?? '');
  if (application === undefined) return notFound;
  return { status: 200, body: selectFields(visible(application, scopes), query) };
}

function update({ state, params, body, scopes }: ManagementRequest): Reply {
  const parsed = parsePayload(clientPatch, body);
  if (!parsed.ok) return parsed.reply;
  const application = state.applications.get(params.id ?? '');
  if (application === undefined) return notFound;
  const patched = patchedApplication(application, parsed.value);
  if (Object.keys(patched.client_metadata ?? {}).length > 10) {
    return invalidPayload("'Too many properties defined, maximum 10' on property client_metadata");
  }
  const refused = refuseOtherOwner(application, patched) ?? refuseThirdPartyClient(patched);
  if (refused) return refused;
  state.applications.set(application.client_id, patched);
  return { status: 200, body: visible(patched, scopes) };
}

/**
 * The old secret stops working at once; at Auth0 within 30 seconds. The answer holds the new one whatever the caller may
 * read. Applications that authenticate with `private_key_jwt` have no secret to rotate; that refusal's wording is ours.
 */
function rotateSecret({ state, params }: ManagementRequest): Reply {
  const application = state.applications.get(params.id ?? '');
  if (application === undefined) return notFound;
  const methods = application.client_authentication_methods;
  if (typeof methods === 'object' && methods !== null && 'private_key_jwt' in methods)
    return refusal(
      400,
      'The client authenticates with Private Key JWT and has no secret.',
      'invalid_operation',
    );
  const rotated = { ...application, client_secret: randomSecret() };
  state.applications.set(application.client_id, rotated);
  return { status: 200, body: rotated };
}

function remove({ state, params }: ManagementRequest): Reply {
  const id = params.id ?? '';
  if (!state.applications.delete(id)) return notFound;
  for (const connection of state.connections) connection.enabled.delete(id);
  for (const grant of [...state.clientGrants.values()]) {
    if (grant.client_id === id) state.clientGrants.delete(grant.id);
  }
  return { status: 204 };
}
