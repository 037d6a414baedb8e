import type { ManagementClient } from 'auth0';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { newRole as roleOf } from '../../../dev/auth0/model/roles.ts';
import type { Tenant } from '../../../dev/auth0/tenant.ts';
import {
  all,
  api,
  manage,
  managementSdk,
  managementToken,
  newClient,
  newTenant,
  refresh,
  tokens,
} from './fixture.ts';

let tenant: Tenant;
let management: ManagementClient;
let clientId: string;
let userId: string;
beforeAll(async () => {
  tenant = await newTenant();
  management = managementSdk(tenant);
  clientId = await newClient(tenant);
  const [user] = await management.users.listUsersByEmail({ email: 'demo@example.com' });
  userId = user?.user_id ?? '';
});
afterAll(() => tenant.close());

const everything = 'mcp:read mcp:write mcp:admin offline_access';
const administers = { permissions: [{ resource_server_identifier: api, permission_name: 'mcp:admin' }] };

/** A role for the duration of a test. */
async function newRole(name: string) {
  const { id = '' } = await management.roles.create({ name, description: `All of ${name}` });
  onTestFinished(async () => void (await manage(tenant, 'DELETE', `/roles/${id}`)));
  return id;
}

describe('a role', () => {
  it('is created, read and found by a part of its name', async () => {
    const id = await newRole('Administrator');
    const expected = { id, name: 'Administrator', description: 'All of Administrator' };
    expect(await management.roles.get(id)).toMatchObject(expected);
    expect(await all(management.roles.list({ name_filter: 'admin' }))).toMatchObject([expected]);
    expect(await all(management.roles.list({ name_filter: 'reader' }))).toEqual([]);
  });

  it('has the permissions that are added, each once, without those that are removed', async () => {
    const id = await newRole('Administrator');
    await management.roles.permissions.add(id, administers);
    await management.roles.permissions.add(id, administers);
    expect(await all(management.roles.permissions.list(id))).toMatchObject(administers.permissions);
    await management.roles.permissions.delete(id, administers);
    expect(await all(management.roles.permissions.list(id))).toEqual([]);
  });

  it('gives its permissions to its users in addition to their own, until it is taken away', async () => {
    const id = await newRole('Administrator');
    await management.roles.permissions.add(id, administers);
    await management.roles.users.assign(id, { users: [userId] });
    expect(await all(management.users.roles.list(userId))).toMatchObject([{ id }]);
    const first = await tokens(tenant, clientId, { scope: everything });
    expect(decodeJwt(String(first.access_token)).permissions).toEqual(['mcp:read', 'mcp:write', 'mcp:admin']);
    expect(first.scope).toBe(everything);
    const { body } = await manage(tenant, 'GET', `/users/${userId}/permissions`);
    const direct = [expect.objectContaining({ source_type: 'DIRECT' })];
    expect(body).toMatchObject([
      { permission_name: 'mcp:read', sources: direct },
      { permission_name: 'mcp:write', sources: direct },
      {
        permission_name: 'mcp:admin',
        sources: [{ source_id: id, source_name: 'Administrator', source_type: 'ROLE' }],
      },
    ]);
    await management.users.roles.delete(userId, { roles: [id] });
    const second = await refresh(tenant, clientId, first.refresh_token);
    expect(second.body.scope).toBe('mcp:read mcp:write offline_access');
  });

  it('that is deleted takes its permissions with it', async () => {
    const { id = '' } = await management.roles.create({ name: 'Short' });
    await management.roles.permissions.add(id, administers);
    await management.roles.users.assign(id, { users: [userId] });
    await management.roles.delete(id);
    const { scope } = await tokens(tenant, clientId, { scope: everything });
    expect(scope).toBe('mcp:read mcp:write offline_access');
  });
});

const permission = (resource_server_identifier: string, permission_name: string) => ({
  permissions: [{ resource_server_identifier, permission_name }],
});

describe('is refused:', () => {
  it.each<[string, string, (id: string) => string, unknown, number]>([
    ['a second role of the same name', 'POST', () => '/roles', { name: 'Taken' }, 409],
    ['a name of 51 characters', 'POST', () => '/roles', { name: 'x'.repeat(51) }, 400],
    ['a role with permissions at once', 'POST', () => '/roles', { name: 'x', permissions: [] }, 400],
    ['an unknown role', 'POST', () => '/roles/rol_x/permissions', administers, 404],
    ['no permission', 'POST', (id) => `/roles/${id}/permissions`, { permissions: [] }, 400],
    ['an unknown API', 'POST', (id) => `/roles/${id}/permissions`, permission('https://x', 'mcp:read'), 404],
    ['an unknown permission', 'POST', (id) => `/roles/${id}/permissions`, permission(api, 'x'), 400],
    ['an unknown user', 'POST', (id) => `/roles/${id}/users`, { users: ['auth0|nobody'] }, 404],
    ['no user', 'POST', (id) => `/roles/${id}/users`, { users: [] }, 400],
  ])('%s', async (_, method, path, body, status) => {
    const id = await newRole('Taken');
    expect((await manage(tenant, method, path(id), body)).status).toBe(status);
  });

  it.each([
    ['GET', '/roles', 'read:roles'],
    ['POST', '/roles', 'create:roles'],
    ['DELETE', '/roles/x', 'delete:roles'],
    ['POST', '/roles/x/permissions', 'update:roles'],
  ])('%s %s without %s', async (method, path, expected) => {
    const token = await managementToken(tenant, { scope: 'read:clients' });
    const answer = await manage(tenant, method, path, method === 'GET' ? undefined : {}, token);
    expect(answer.body.message).toBe(`Insufficient scope, expected any of: ${expected}`);
  });

  it.each([
    ['POST', '/roles/x/users', ['update:roles', 'create:role_members']],
    ['GET', '/users/x/roles', ['read:users', 'read:roles', 'read:role_members']],
    ['DELETE', '/users/x/roles', ['update:users', 'delete:role_members']],
  ])('%s %s without one of %j', async (method, path, expected) => {
    for (const missing of expected) {
      const scope = expected.filter((each) => each !== missing).join(' ');
      const token = await managementToken(tenant, { scope });
      const answer = await manage(tenant, method, path, method === 'GET' ? undefined : {}, token);
      expect(answer.body.message).toBe(`Insufficient scope, expected all of: ${expected.join(',')}`);
    }
  });

  it('the 51st role of a user', async () => {
    const id = await newRole('One too many');
    const user = tenant.users.find(({ email }) => email === 'other@example.com');
    if (!user) throw new Error('There is no such user');
    const held = user.roles;
    user.roles = Array.from({ length: 50 }, (_, n) => roleOf({ name: `Role ${n}` }));
    const answer = await manage(tenant, 'POST', `/roles/${id}/users`, { users: [user.user_id] });
    expect(answer.body).toMatchObject({ statusCode: 403, errorCode: 'too_many_entities' });
    user.roles = held ?? [];
  });
});
