import { expect, onTestFinished, test } from 'vitest';
import { startTenant } from '../../../dev/auth0/tenant.ts';
import { examineUrl, levels, wrong } from './examine.ts';
import { emptyServer, mcpHandler, sdkAuthRouter, sdkHandler } from './foreign-servers.ts';

test('a server of the official SDK without sign-in: its tools are called, and the missing sign-in is reported', async () => {
  const server = await sdkHandler();
  onTestFinished(server.close);
  const findings = await examineUrl(server.url);
  expect(wrong(findings)).toEqual(['no-sign-in', 'cors-blocked']);
  expect(levels(findings)).toMatchObject({ 'protocol-2025-11-25': 'ok', 'protocol-2026-07-28': 'ok' });
});

test('mcp-handler in front of an Auth0 tenant: the tenant is reported as the cause', async () => {
  const tenant = await startTenant({ port: 0, managementClient: { id: 'x', secret: 'y' } });
  onTestFinished(tenant.close);
  const server = await mcpHandler(tenant.issuer);
  onTestFinished(server.close);
  const found = wrong(await examineUrl(server.url));
  expect(found).toEqual(
    expect.arrayContaining(['authorization-server-auth0', 'none-not-advertised', 'generic-client']),
  );
  expect(found).not.toContain('check-broke');
});

test('the official SDK’s example of an authorization server: its non-standard errors are reported', async () => {
  const server = await sdkAuthRouter();
  onTestFinished(server.close);
  const found = wrong(
    await examineUrl(server.url, { signIn: true, presentSignIn: (url) => void fetch(url) }),
  );
  expect(found).toEqual(
    expect.arrayContaining(['token-error-wrong', 'bad-token-answer', 'refresh-token-missing']),
  );
  expect(found).not.toContain('check-broke');
});

test('a web server without content: there is no endpoint', async () => {
  const server = await emptyServer();
  onTestFinished(server.close);
  expect(wrong(await examineUrl(server.url))).toEqual(['not-found']);
});
