import { type ManagementClient, ManagementError } from 'auth0';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tenant } from '../../../dev/auth0/tenant.ts';
import { all, api, managementClient, managementSdk, newTenant, postForm, spa } from './fixture.ts';

let tenant: Tenant;
let management: ManagementClient;
beforeAll(async () => {
  tenant = await newTenant();
  management = managementSdk(tenant);
});
afterAll(() => tenant.close());

describe('Auth0’s Management SDK', () => {
  it('creates, reads, lists, updates and deletes applications', async () => {
    const created = await management.clients.create(spa as Parameters<typeof management.clients.create>[0]);
    const id = created.client_id ?? '';
    expect(created).toMatchObject(spa);
    expect(await management.clients.get(id)).toMatchObject({ client_id: id, name: spa.name });
    const found = await all(management.clients.list({ app_type: 'spa', include_totals: true }));
    expect(found.map((client) => client.client_id)).toEqual([id]);
    const patched = await management.clients.update(id, { callbacks: ['https://app.example/callback'] });
    expect(patched.callbacks).toEqual(['https://app.example/callback']);
    await management.clients.delete(id);
    await expect(management.clients.get(id)).rejects.toMatchObject({
      statusCode: 404,
      body: { errorCode: 'inexistent_client' },
    });
  });

  it('finds a connection by name and enables it for an application', async () => {
    const { client_id = '' } = await management.clients.create({ name: 'Client', app_type: 'spa' });
    const page = await management.connections.list({ name: 'Username-Password-Authentication', take: 1 });
    const connection = page.data[0]?.id ?? '';
    await management.connections.clients.update(connection, [{ client_id, status: true }]);
    const enabled = await all(management.connections.clients.get(connection, { take: 1 }));
    expect(enabled.map((client) => client.client_id)).toContain(client_id);
    await management.clients.delete(client_id);
  });

  it('creates, reads, lists, updates and deletes APIs', async () => {
    const identifier = 'https://new.example/mcp';
    const { id = '' } = await management.resourceServers.create({
      identifier,
      name: 'New API',
      signing_alg: 'RS256',
      allow_offline_access: true,
      token_dialect: 'rfc9068_profile_authz',
      enforce_policies: true,
      scopes: [{ value: 'mcp:read', description: 'Read' }],
      subject_type_authorization: { user: { policy: 'allow_all' }, client: { policy: 'deny_all' } },
    });
    expect(await management.resourceServers.get(identifier)).toMatchObject({
      id,
      identifier,
    });
    const servers = await all(management.resourceServers.list());
    expect(servers.map((server) => server.identifier)).toEqual([`${tenant.issuer}api/v2/`, api, identifier]);
    const patched = await management.resourceServers.update(id, { token_lifetime: 600 });
    expect(patched.token_lifetime).toBe(600);
    await expect(management.resourceServers.create({ identifier })).rejects.toMatchObject({
      statusCode: 409,
    });
    await management.resourceServers.delete(id);
    await expect(management.resourceServers.get(id)).rejects.toMatchObject({ statusCode: 404 });
  });

  it('creates, lists, updates and deletes client grants, which the machine can use then', async () => {
    await management.resourceServers.update(api, {
      subject_type_authorization: { client: { policy: 'require_client_grant' } },
    });
    const machine = await management.clients.create({
      name: 'Machine',
      app_type: 'non_interactive',
      grant_types: ['client_credentials'],
    });
    const client_id = machine.client_id ?? '';
    const grant = await management.clientGrants.create({ client_id, audience: api, scope: ['mcp:read'] });
    const id = grant.id ?? '';
    const found = await all(management.clientGrants.list({ client_id }));
    expect(found).toMatchObject([{ id, audience: api, scope: ['mcp:read'] }]);
    await management.clientGrants.update(id, { scope: ['mcp:read', 'mcp:write'] });
    const response = await fetch(`${tenant.origin}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id,
        client_secret: machine.client_secret ?? '',
        audience: api,
      }),
    });
    expect(await response.json()).toMatchObject({ scope: 'mcp:read mcp:write' });
    await management.clientGrants.delete(id);
    await management.clients.delete(client_id);
  });

  it('reads and changes the tenant’s settings', async () => {
    await management.tenants.settings.update({ friendly_name: 'Renamed' });
    expect(await management.tenants.settings.get()).toMatchObject({
      friendly_name: 'Renamed',
      flags: { enable_dynamic_client_registration: true },
    });
  });

  it('understands errors', async () => {
    tenant.switches.applicationQuota = 1;
    await expect(management.clients.create({ name: 'One too many' })).rejects.toMatchObject({
      statusCode: 403,
      body: { errorCode: 'too_many_entities' },
    });
    tenant.switches.applicationQuota = undefined;
    tenant.switches.managementRequestsPerSecond = 0.01;
    const refusals = await Promise.allSettled([1, 2].map(() => management.tenants.settings.get()));
    tenant.switches.managementRequestsPerSecond = undefined;
    const rejected = refusals.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    expect(rejected).toHaveLength(1);
    expect(rejected[0]?.reason).toBeInstanceOf(ManagementError);
    expect(rejected[0]?.reason).toMatchObject({ statusCode: 429, body: { errorCode: 'too_many_requests' } });
  });
});

describe('the rotation of an application’s secret, with update:client_keys', () => {
  let tenant: Tenant;
  let management: ManagementClient;
  beforeAll(async () => {
    const managementScopes = ['create:clients', 'update:client_keys'];
    tenant = await newTenant({ managementScopes });
    management = managementSdk(tenant);
  });
  afterAll(() => tenant.close());

  it('returns a new secret, and the old one no longer works', async () => {
    const { client_secret } = await management.clients.rotateSecret(managementClient.id);
    expect(client_secret).toHaveLength(64);
    expect(client_secret).not.toBe(managementClient.secret);
    const exchange = (secret: string) =>
      postForm(tenant, '/oauth/token', {
        grant_type: 'client_credentials',
        client_id: managementClient.id,
        client_secret: secret,
        audience: `${tenant.issuer}api/v2/`,
      });
    expect((await exchange(client_secret ?? '')).status).toBe(200);
    expect((await exchange(managementClient.secret)).status).toBe(401);
  });

  it.each([
    ['an application that does not exist', async () => 'nobody', 404, 'inexistent_client'],
    [
      'an application that signs assertions instead',
      async () => {
        const methods = { client_authentication_methods: { private_key_jwt: { credentials: [] } } };
        return (await management.clients.create({ name: 'Signing', ...methods })).client_id ?? '';
      },
      400,
      'invalid_operation',
    ],
  ])('is refused for %s', async (_name, id, statusCode, errorCode) => {
    await expect(management.clients.rotateSecret(await id())).rejects.toMatchObject({
      statusCode,
      body: { errorCode },
    });
  });
});
