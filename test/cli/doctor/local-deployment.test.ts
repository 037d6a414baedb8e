import { describe, expect, onTestFinished, test } from 'vitest';
import { identity } from '../../../lib/tools/identity.ts';
import { useStack } from '../../support/stack.ts';
import { demoUserSignsIn, examineUrl, levels, signedInLevels, tenantOf, wrong } from './examine.ts';
import { callManagement } from './management.ts';

const stack = useStack();
const directoryChecks = [
  'directory-tools',
  'directory-icons',
  'directory-callbacks',
  'directory-links',
  'directory-form',
];

describe('a healthy deployment of this project', () => {
  test('has no findings, and keeps no registration', async () => {
    const before = stack().tenant.applications().length;
    for (const _run of [1, 2]) expect(wrong(await examineUrl(stack().mcpUrl))).toEqual([]);
    expect(stack().tenant.applications()).toHaveLength(before);
  });

  test('has no findings at its root URL', async () => {
    expect(wrong(await examineUrl(stack().serverUrl))).toEqual([]);
  });

  test('has no findings through sign-in, tools in both protocols, refresh and revocation', async () => {
    const findings = await examineUrl(stack().mcpUrl, demoUserSignsIn);
    expect(wrong(findings)).toEqual([]);
    expect(levels(findings)).toMatchObject(signedInLevels);
  });

  test('lacks for the directory at most who runs it, and keeps no registration', async () => {
    const before = stack().tenant.applications().length;
    const findings = await examineUrl(stack().mcpUrl, { ...demoUserSignsIn, directory: true });
    expect(wrong(findings)).toEqual(identity.operator ? [] : ['operator-missing']);
    expect(stack().tenant.applications()).toHaveLength(before);
  });

  test('is not held against the directory unless that is asked for', async () => {
    const found = levels(await examineUrl(stack().mcpUrl, demoUserSignsIn));
    for (const id of directoryChecks) expect(found).not.toHaveProperty(id);
  });

  test('has no findings with tenant credentials if open registration is off, and keeps no registration', async () => {
    const { tenant, mcpUrl } = stack();
    await callManagement(tenant, 'PATCH', '/tenants/settings', {
      flags: { enable_dynamic_client_registration: false },
    });
    const before = tenant.applications().length;
    const findings = await examineUrl(mcpUrl, { tenant: tenantOf(stack()), ...demoUserSignsIn });
    expect(wrong(findings)).toEqual([]);
    expect(new Set(Object.values(levels(findings)))).toEqual(new Set(['ok', 'skipped']));
    expect(levels(findings)).toMatchObject({ 'tenant-application': 'ok', removal: 'ok' });
    expect(tenant.applications()).toHaveLength(before);
  });

  test('shows no secret, code or token in the findings', async () => {
    const options = { tenant: tenantOf(stack()), ...demoUserSignsIn };
    const report = JSON.stringify(await examineUrl(stack().mcpUrl, options));
    expect(report).not.toContain(options.tenant.clientSecret);
    expect(report).not.toMatch(/eyJ[\w-]{20}|code=|access_token":|secret":"/);
  });
});

describe('problems of this project’s deployment are recognized', () => {
  test('host-not-allowed: reached by a host that is not among the allowed origins', async () => {
    const url = stack().mcpUrl.replace('localhost', '[::1]');
    const found = wrong(await examineUrl(url));
    expect(found).toContain('host-not-allowed');
    expect(found).not.toContain('token-error-wrong');
  });

  test('service-not-found: the tenant has no API with that identifier', async () => {
    const { tenant, mcpUrl, serverUrl } = stack();
    const api = (await callManagement(
      tenant,
      'GET',
      `/resource-servers/${encodeURIComponent(serverUrl)}`,
    )) as {
      id: string;
      is_system: boolean;
    };
    await callManagement(tenant, 'DELETE', `/resource-servers/${api.id}`);
    onTestFinished(async () => {
      const { id: _, is_system, ...settings } = api;
      await callManagement(tenant, 'POST', '/resource-servers', settings);
    });
    expect(wrong(await examineUrl(mcpUrl))).toEqual(['service-not-found']);
    expect(wrong(await examineUrl(mcpUrl, { tenant: tenantOf(stack()) }))).toContain('api-missing');
  });

  test('connection-not-enabled: the tenant reports that it enabled the connections but did not', async () => {
    const { tenant, mcpUrl } = stack();
    tenant.switches.faults = { 'PATCH /api/v2/connections/*/clients': { status: 204 } };
    onTestFinished(() => {
      tenant.switches.faults = {};
    });
    const found = wrong(await examineUrl(mcpUrl, { tenant: tenantOf(stack()) }));
    expect(found).toEqual(expect.arrayContaining(['connection-not-enabled', 'application-connection']));
  });

  test('api-not-authorized: the API’s user policy allows no application', async () => {
    const { tenant, mcpUrl, serverUrl } = stack();
    const path = `/resource-servers/${encodeURIComponent(serverUrl)}`;
    const policy = (value: string) =>
      callManagement(tenant, 'PATCH', path, { subject_type_authorization: { user: { policy: value } } });
    await policy('deny_all');
    onTestFinished(() => policy('allow_all').then(() => {}));
    expect(wrong(await examineUrl(mcpUrl))).toEqual(['api-not-authorized']);
  });

  test('quota-reached: the tenant cannot hold more applications', async () => {
    const { tenant, mcpUrl } = stack();
    tenant.switches.applicationQuota = tenant.applications().length;
    onTestFinished(() => {
      tenant.switches.applicationQuota = undefined;
    });
    expect(wrong(await examineUrl(mcpUrl, { tenant: tenantOf(stack()) }))).toContain('quota-reached');
  });

  test.for([
    ['tenant-rate-limit', { status: 429, headers: { 'retry-after': '60' }, body: {} }],
    ['tenant-not-set-up', { status: 403, body: { errorCode: 'insufficient_scope' } }],
    ['tenant-down', { reset: true }],
  ] as const)('%s: a registration that the tenant refuses', async ([id, fault]) => {
    const { tenant, mcpUrl } = stack();
    tenant.switches.faults = { 'POST /api/v2/clients': fault };
    onTestFinished(() => {
      tenant.switches.faults = {};
    });
    expect(wrong(await examineUrl(mcpUrl, { tenant: tenantOf(stack()) }))).toContain(id);
  });

  test('unknown-client: the application was deleted in the tenant', async () => {
    const { tenant, mcpUrl } = stack();
    await examineUrl(mcpUrl);
    const ours = tenant.applications().filter(({ name }) => name === 'MCP doctor (MCP)');
    for (const { client_id } of ours) await callManagement(tenant, 'DELETE', `/clients/${client_id}`);
    expect(wrong(await examineUrl(mcpUrl))).toEqual(['unknown-client']);
  });

  test('token-clock-skew: the tenant’s clock is hours behind', async () => {
    const { tenant, mcpUrl } = stack();
    tenant.switches.clockSkewSeconds = -200_000;
    onTestFinished(() => {
      tenant.switches.clockSkewSeconds = 0;
    });
    const options = { tenant: tenantOf(stack()), ...demoUserSignsIn };
    expect(wrong(await examineUrl(mcpUrl, options))).toContain('token-clock-skew');
  });
});
