import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { browserUser } from '../support/browser-user.ts';
import { oauthClient } from '../support/oauth-client.ts';
import { fetchFrom } from '../support/public-hosts.ts';
import { useStack } from '../support/stack.ts';

const [canonical, preview] = ['https://mcp.example.com', 'https://preview.example.com'];
const stack = useStack({
  env: { SERVER_URL: canonical, ALLOWED_ORIGINS: preview },
  tenantOptions: { apiIdentifier: canonical },
});

beforeAll(() => {
  vi.stubGlobal('fetch', fetchFrom(stack().serverUrl, ['mcp.example.com', 'preview.example.com']));
});
afterAll(() => {
  vi.unstubAllGlobals();
});

it('the callback refuses a sign-in that started at another origin, even with the right cookie', async () => {
  const browser = browserUser();
  const client = oauthClient(canonical);
  const clientId = await client.register();
  await browser.signIn(client.authorizationUrl(clientId));
  await browser.signIn(oauthClient(preview).authorizationUrl(clientId));

  const start = await browser.visit(client.authorizationUrl(clientId));
  const atTenant = await browser.visit(start.headers.get('location') ?? '');
  const callback = new URL(atTenant.headers.get('location') ?? '');
  expect(callback.origin).toBe(canonical);
  const secret = browser.cookies.get('mcp.example.com')?.get('__Host-sign-in') ?? '';
  browser.cookies.get('preview.example.com')?.set('__Host-sign-in', secret);

  const response = await browser.visit(new URL(callback.pathname + callback.search, preview));
  expect(response.status).toBe(400);
  expect(await response.text()).toContain('started at another address');
  expect((await browser.visit(callback)).headers.get('location')).toContain('code=');
});
