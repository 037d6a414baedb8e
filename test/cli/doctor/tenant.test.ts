import { describe, expect, onTestFinished, test } from 'vitest';
import type { TenantCredentials } from '../../../cli/doctor/management.ts';
import { startTenant, type Tenant } from '../../../dev/auth0/tenant.ts';
import { readLocalEnvironment } from '../../../dev/environment.ts';
import { refreshTokenSettings } from '../../../lib/auth0/applications.ts';
import { myAccountScopes } from '../../../lib/auth0/my-account-access.ts';
import { examineUrl, levels, wrong } from './examine.ts';
import { healthyRoutes, register } from './fake-mcp.ts';
import { startFakeServer } from './fake-server.ts';
import { callManagement } from './management.ts';

const api = 'https://mcp.example.com';
const { AUTH0_CLIENT_ID: id, AUTH0_CLIENT_SECRET: secret } = readLocalEnvironment();

type Case = {
  id: string;
  by: string;
  managementScopes?: string[];
  credentials?: (tenant: Tenant) => Partial<TenantCredentials> | Promise<Partial<TenantCredentials>>;
  change?: (tenant: Tenant) => unknown;
  /** The application that the examined server returns at registration. */
  application?: Record<string, unknown>;
};

const patchApi = (body: unknown) => (tenant: Tenant) =>
  callManagement(tenant, 'PATCH', `/resource-servers/${encodeURIComponent(api)}`, body);

const createClient = (tenant: Tenant, body: Record<string, unknown>) =>
  callManagement(tenant, 'POST', '/clients', { name: 'An application', ...body }) as Promise<{
    client_id: string;
    client_secret: string;
  }>;

const createApiClient = (tenant: Tenant, identifier: string) =>
  createClient(tenant, {
    app_type: 'resource_server',
    resource_server_identifier: identifier,
    token_endpoint_auth_method: 'client_secret_post',
    token_exchange: { allow_any_profile_of_type: ['on_behalf_of_token_exchange'] },
  });

/** What `npm run setup -- --accounts google-oauth2` does, part by part. */
async function activateConnection(tenant: Tenant): Promise<void> {
  const [connection] = (await callManagement(tenant, 'GET', '/connections?name=google-oauth2')) as {
    id: string;
  }[];
  await callManagement(tenant, 'PATCH', `/connections/${connection?.id}`, {
    connected_accounts: { active: true },
  });
}

async function createMyAccountApi(tenant: Tenant): Promise<void> {
  await callManagement(tenant, 'POST', '/resource-servers', {
    identifier: `${tenant.issuer}me/`,
    name: 'My Account',
  });
}

async function grantAccounts(tenant: Tenant): Promise<void> {
  await createMyAccountApi(tenant);
  const { client_id } = await createClient(tenant, spa);
  await callManagement(tenant, 'POST', '/client-grants', {
    client_id,
    audience: `${tenant.issuer}me/`,
    scope: myAccountScopes,
    subject_type: 'user',
  });
}

async function setUpAccounts(tenant: Tenant): Promise<void> {
  await grantAccounts(tenant);
  await activateConnection(tenant);
}

const spa = {
  app_type: 'spa',
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
  refresh_token: refreshTokenSettings,
};

const cases: Case[] = [
  {
    id: 'tenant-unreachable',
    by: 'a domain where nothing answers',
    credentials: () => ({ domain: 'http://localhost:1' }),
  },
  { id: 'tenant-credentials-refused', by: 'a wrong secret', credentials: () => ({ clientSecret: 'wrong' }) },
  {
    id: 'management-not-granted',
    by: 'an application without a grant',
    credentials: async (tenant) => {
      const made = await createClient(tenant, {
        app_type: 'non_interactive',
        grant_types: ['client_credentials'],
      });
      return { clientId: made.client_id, clientSecret: made.client_secret };
    },
  },
  {
    id: 'management-scope-missing',
    by: 'a grant of two scopes',
    managementScopes: ['read:clients', 'read:connections'],
  },
  {
    id: 'api-missing',
    by: 'another identifier',
    credentials: () => ({ audience: 'https://preview.example.com' }),
  },
  { id: 'api-offline-access-off', by: 'its switch', change: patchApi({ allow_offline_access: false }) },
  {
    id: 'api-user-policy',
    by: 'require_client_grant',
    change: patchApi({ subject_type_authorization: { user: { policy: 'require_client_grant' } } }),
  },
  {
    id: 'api-consent-shown',
    by: 'its switch',
    change: patchApi({ skip_consent_for_verifiable_first_party_clients: false }),
  },
  { id: 'api-signing', by: 'HS256', change: patchApi({ signing_alg: 'HS256' }) },
  { id: 'api-dialect', by: 'Auth0’s own dialect', change: patchApi({ token_dialect: 'access_token' }) },
  {
    id: 'api-token-lifetime',
    by: 'tokens for a day and a second',
    change: patchApi({ token_lifetime: 86_401 }),
  },
  { id: 'api-scopes-missing', by: 'an API without scopes', change: patchApi({ scopes: [] }) },
  {
    id: 'api-permissions-missing',
    by: 'a tool that names one which the API does not define',
    credentials: () => ({ permissions: async () => ['orders:refund'] }),
  },
  {
    id: 'api-permissions-off',
    by: 'RBAC that is off',
    credentials: () => ({ permissions: async () => ['mcp:write'] }),
    change: patchApi({ enforce_policies: false }),
  },
  {
    id: 'api-permissions-off',
    by: 'a dialect without permissions',
    credentials: () => ({ permissions: async () => ['mcp:write'] }),
    change: patchApi({ token_dialect: 'rfc9068_profile' }),
  },
  {
    id: 'api-client-missing',
    by: 'a client ID that the tenant does not know',
    credentials: () => ({ apiClientId: 'NoSuchClient00000000000000000000' }),
  },
  {
    id: 'api-client-settings',
    by: 'an application of another type',
    credentials: async (tenant) => ({ apiClientId: (await createClient(tenant, spa)).client_id }),
  },
  {
    id: 'api-client-settings',
    by: 'an application that stands for another API',
    credentials: async (tenant) => {
      await callManagement(tenant, 'POST', '/resource-servers', {
        identifier: 'https://x.example',
        name: 'x',
      });
      return { apiClientId: (await createApiClient(tenant, 'https://x.example')).client_id };
    },
  },
  {
    id: 'api-client-settings',
    by: 'a custom API client that may not use Token Vault',
    change: setUpAccounts,
    credentials: async (tenant) => ({
      apiClientId: (await createApiClient(tenant, api)).client_id,
      connectedAccounts: ['google-oauth2'],
    }),
  },
  {
    id: 'accounts-api-missing',
    by: 'a tenant without the My Account API',
    credentials: () => ({ connectedAccounts: ['google-oauth2'] }),
    change: activateConnection,
  },
  {
    id: 'accounts-grant-missing',
    by: 'a My Account API that no application may use',
    credentials: () => ({ connectedAccounts: ['google-oauth2'] }),
    change: async (tenant) => {
      await activateConnection(tenant);
      await createMyAccountApi(tenant);
    },
  },
  {
    id: 'accounts-connection',
    by: 'a connection that is for signing in alone',
    credentials: () => ({ connectedAccounts: ['google-oauth2'] }),
    change: grantAccounts,
  },
  {
    id: 'accounts-connection',
    by: 'a connection that does not exist',
    credentials: () => ({ connectedAccounts: ['github'] }),
    change: grantAccounts,
  },
  {
    id: 'connection-missing',
    by: 'a misspelled name',
    credentials: () => ({ connections: ['Username-Passwort'] }),
  },
  { id: 'application-type', by: 'a web application', application: { ...spa, app_type: 'regular_web' } },
  {
    id: 'application-type',
    by: 'an application without the refresh grant',
    application: { ...spa, grant_types: ['authorization_code'] },
  },
  {
    id: 'application-refresh-lifetime',
    by: 'refresh tokens that never end',
    application: { ...spa, refresh_token: { rotation_type: 'rotating', expiration_type: 'non-expiring' } },
  },
  {
    id: 'application-refresh-lifetime',
    by: 'refresh tokens without an idle limit',
    application: {
      ...spa,
      refresh_token: {
        rotation_type: 'non-rotating',
        expiration_type: 'expiring',
        token_lifetime: 86_400,
        infinite_idle_token_lifetime: true,
      },
    },
  },
  { id: 'application-connection', by: 'an application without connections', application: spa },
  { id: 'generic-client', by: 'a third-party application', application: { ...spa, is_first_party: false } },
  {
    id: 'quota-near',
    by: 'nine applications',
    change: async (tenant) => {
      while (tenant.applications().length < 9) await createClient(tenant, spa);
    },
  },
  {
    id: 'tenant-iss-on',
    by: 'its switch',
    change: (tenant) => Object.assign(tenant.switches, { emitIss: true }),
  },
  {
    id: 'tenant-open-registration',
    by: 'its switch',
    change: (tenant) =>
      callManagement(tenant, 'PATCH', '/tenants/settings', {
        flags: { enable_dynamic_client_registration: true },
      }),
  },
];

async function tenantFor({ managementScopes }: Partial<Case>): Promise<Tenant> {
  const tenant = await startTenant({
    port: 0,
    managementClient: { id, secret },
    apiIdentifier: api,
    ...(managementScopes ? { managementScopes } : {}),
  });
  onTestFinished(tenant.close);
  if (!managementScopes)
    await callManagement(tenant, 'PATCH', '/tenants/settings', {
      flags: { enable_dynamic_client_registration: false },
    });
  return tenant;
}

/** Examines a healthy server that uses this tenant. */
async function examineWith(tenant: Tenant, { credentials, application }: Partial<Case>) {
  const made = application && (await createClient(tenant, application));
  const server = await startFakeServer((origin) => {
    const routes = healthyRoutes(origin);
    if (made)
      routes.set('POST /register', (visit) => ({
        status: 201,
        body: { ...(register(visit).body as object), client_id: made.client_id },
      }));
    return routes;
  });
  onTestFinished(server.close);
  return examineUrl(server.mcpUrl, {
    tenant: {
      domain: tenant.origin,
      clientId: id,
      clientSecret: secret,
      managementAudience: `${tenant.origin}/api/v2/`,
      connections: ['Username-Password-Authentication'],
      audience: api,
      permissions: async () => [],
      apiClientId: undefined,
      connectedAccounts: [],
      ...(await credentials?.(tenant)),
    },
  });
}

describe('a wrong setting in the tenant is recognized', () => {
  test.for(cases)('$id: $by', async (each) => {
    const tenant = await tenantFor(each);
    await each.change?.(tenant);
    const found = wrong(await examineWith(tenant, each));
    expect(found).toContain(each.id);
    const related = ['application-type', 'application-connection', 'generic-client'];
    expect(found.filter((other) => other !== each.id && !related.includes(other))).toEqual([]);
  });
});

test('a correct tenant has no findings', async () => {
  const tenant = await tenantFor({});
  const credentials = async () => ({
    apiClientId: (await createApiClient(tenant, api)).client_id,
    permissions: async () => ['mcp:write'],
  });
  const findings = await examineWith(tenant, { credentials });
  expect(wrong(findings)).toEqual([]);
  expect(levels(findings)).toMatchObject({ 'tenant-api': 'ok', 'tenant-api-client': 'ok' });
});

test('a tenant that is set up for connected accounts has no findings', async () => {
  const tenant = await tenantFor({});
  await setUpAccounts(tenant);
  const findings = await examineWith(tenant, {
    credentials: () => ({ connectedAccounts: ['google-oauth2'] }),
  });
  expect(wrong(findings)).toEqual([]);
  expect(levels(findings)).toMatchObject({ 'tenant-accounts': 'ok' });
});

test('checks that the credentials do not allow are skipped', async () => {
  const tenant = await tenantFor({ managementScopes: ['read:clients', 'read:connections'] });
  const found = levels(await examineWith(tenant, {}));
  expect(found).toMatchObject({
    'tenant-api': 'skipped',
    'tenant-settings': 'skipped',
    'tenant-quota': 'ok',
  });
});

test('an application without the doctor’s name is never deleted', async () => {
  const tenant = await tenantFor({});
  await examineWith(tenant, { application: spa });
  expect(tenant.applications().map(({ name }) => name)).toContain('An application');
});
