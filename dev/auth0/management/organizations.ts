import { z } from 'zod';
import { newOrganization, type Organization } from '../model/organizations.ts';
import { listing } from './listing.ts';
import { parsePayload } from './payload.ts';
import { checkpoints, paging } from './query.ts';
import { type Reply, refusal } from './reply.ts';
import type { ManagementRequest, Route } from './route.ts';
import { withUser } from './users.ts';

const pageList = z.strictObject(paging);
const organizationList = z.strictObject({ ...paging, ...checkpoints, sort: z.string().optional() });

const notFound = refusal(404, 'No organization found by that id or name', 'inexistent_organization');

/**
 * `/api/v2/organizations`, their connections and client grants, and `/api/v2/users/{id}/organizations`. Refuses names that
 * are not 1 to 50 lower case letters, digits, `-` and `_`, names that are in use, and properties without effect here, such as
 * `branding`.
 */
export const organizationRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/organizations',
    scopes: ['read:organizations'],
    query: organizationList,
    handle: list,
  },
  { method: 'POST', path: '/organizations', scopes: ['create:organizations'], handle: create },
  { method: 'GET', path: '/organizations/name/:name', scopes: ['read:organizations'], handle: readByName },
  { method: 'GET', path: '/organizations/:id', scopes: ['read:organizations'], handle: read },
  { method: 'PATCH', path: '/organizations/:id', scopes: ['update:organizations'], handle: update },
  { method: 'DELETE', path: '/organizations/:id', scopes: ['delete:organizations'], handle: remove },
  {
    method: 'GET',
    path: '/organizations/:id/enabled_connections',
    scopes: ['read:organization_connections'],
    query: pageList,
    handle: listConnections,
  },
  {
    method: 'POST',
    path: '/organizations/:id/enabled_connections',
    scopes: ['create:organization_connections'],
    handle: enableConnection,
  },
  {
    method: 'DELETE',
    path: '/organizations/:id/enabled_connections/:connection',
    scopes: ['delete:organization_connections'],
    handle: disableConnection,
  },
  {
    method: 'POST',
    path: '/organizations/:id/client-grants',
    scopes: ['create:organization_client_grants'],
    handle: addClientGrant,
  },
  {
    method: 'GET',
    path: '/users/:id/organizations',
    scopes: ['read:organizations'],
    query: pageList,
    handle: listOfUser,
  },
];

const properties = {
  display_name: z.string().min(1).max(255).optional(),
  metadata: z.record(z.string().max(255), z.string().max(255)).optional(),
  third_party_client_access: z.enum(['allow', 'deny']).optional(),
};
const name = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,49}$/);
const creation = z.strictObject({ name, ...properties });
const patch = z.strictObject({ name: name.optional(), ...properties });

function visible({ id, name, display_name, metadata, third_party_client_access }: Organization) {
  return {
    ...{ id, name },
    ...(display_name === undefined ? {} : { display_name }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(third_party_client_access === undefined ? {} : { third_party_client_access }),
  };
}

/** Answers with the organization that the path names, or with 404. */
export function withOrganization(
  { state, params }: ManagementRequest,
  answer: (organization: Organization) => Reply,
): Reply {
  const found = state.organizations.find(({ id }) => id === params.id);
  return found === undefined ? notFound : answer(found);
}

function list({ state, query }: ManagementRequest): Reply {
  return listing('organizations', state.organizations.map(visible), query);
}

function create({ state, body }: ManagementRequest): Reply {
  const parsed = parsePayload(creation, body);
  if (!parsed.ok) return parsed.reply;
  const taken = refuseTakenName(state.organizations, parsed.value.name);
  if (taken) return taken;
  const organization = newOrganization(parsed.value);
  state.organizations.push(organization);
  return { status: 201, body: visible(organization) };
}

function refuseTakenName(organizations: Organization[], name: string | undefined): Reply | undefined {
  if (!organizations.some((each) => each.name === name)) return undefined;
  return refusal(409, 'An organization with the same name already exists.', 'organization_conflict');
}

function read(request: ManagementRequest): Reply {
  return withOrganization(request, (found) => ({
    status: 200,
    body: visible(found),
  }));
}

function readByName({ state, params }: ManagementRequest): Reply {
  const found = state.organizations.find(({ name }) => name === params.name);
  return found === undefined ? notFound : { status: 200, body: visible(found) };
}

function update(request: ManagementRequest): Reply {
  const parsed = parsePayload(patch, request.body);
  if (!parsed.ok) return parsed.reply;
  return withOrganization(request, (found) => {
    const others = request.state.organizations.filter((each) => each !== found);
    const taken = refuseTakenName(others, parsed.value.name);
    if (taken) return taken;
    Object.assign(found, parsed.value);
    return { status: 200, body: visible(found) };
  });
}

function remove(request: ManagementRequest): Reply {
  const { organizations } = request.state;
  return withOrganization(request, (found) => {
    organizations.splice(organizations.indexOf(found), 1);
    return { status: 204 };
  });
}

const enabling = z.strictObject({
  connection_id: z.string().min(1),
  assign_membership_on_login: z.boolean().optional(),
  show_as_button: z.boolean().optional(),
  is_signup_enabled: z.boolean().optional(),
});

function listConnections(request: ManagementRequest): Reply {
  const { state, query } = request;
  return withOrganization(request, ({ connections }) => {
    const enabled = [...connections].map(([connection_id, settings]) => {
      const { name, strategy } = state.connections.find(({ id }) => id === connection_id) ?? {};
      return { connection_id, ...settings, connection: { name, strategy } };
    });
    return listing('enabled_connections', enabled, query);
  });
}

function enableConnection(request: ManagementRequest): Reply {
  const parsed = parsePayload(enabling, request.body);
  if (!parsed.ok) return parsed.reply;
  const { connection_id, assign_membership_on_login = false } = parsed.value;
  return withOrganization(request, ({ connections }) => {
    if (!request.state.connections.some(({ id }) => id === connection_id))
      return refusal(404, 'The connection does not exist', 'inexistent_connection');
    connections.set(connection_id, { assign_membership_on_login });
    return { status: 201, body: { connection_id, assign_membership_on_login } };
  });
}

function disableConnection(request: ManagementRequest): Reply {
  return withOrganization(request, ({ connections }) => {
    connections.delete(request.params.connection ?? '');
    return { status: 204 };
  });
}

const association = z.strictObject({ grant_id: z.string().min(1) });

function addClientGrant(request: ManagementRequest): Reply {
  const parsed = parsePayload(association, request.body);
  if (!parsed.ok) return parsed.reply;
  const grant = request.state.clientGrants.get(parsed.value.grant_id);
  if (!grant) return refusal(404, 'The client grant does not exist', 'inexistent_client_grant');
  return withOrganization(request, ({ clientGrants }) => {
    clientGrants.add(grant.id);
    return { status: 201, body: grant };
  });
}

function listOfUser(request: ManagementRequest): Reply {
  const { state, query } = request;
  return withUser(request, ({ user_id }) => {
    const found = state.organizations.filter(({ members }) => members.has(user_id));
    return listing('organizations', found.map(visible), query);
  });
}
