import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../dev/stack.ts';
import { readConfig } from '../lib/config.ts';
import { approve, untilCallback } from './attacks/steps.ts';
import { browserUser, textOf as wordsOf } from './support/browser-user.ts';
import { filesIn, readDocument } from './support/documents.ts';
import { clientKinds } from './support/mcp-clients.ts';
import { oauthClient, redirectUri } from './support/oauth-client.ts';
import { copyProject, linkPackages, temporaryFolder, writeFiles } from './support/project-copy.ts';

const guide = 'docs/making-it-yours.md';
const files = Object.fromEntries(filesIn(guide).map(({ path, code }) => [path, code]));
const [, actionCode = ''] = /^```js\n(\/\/ Auth0 Action[\s\S]*?)^```$/m.exec(readDocument(guide)) ?? [];

/** The files of the guide, as a server. */
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let stack: Stack;
/** What the tool's own API was asked. */
const asked: { url: string | undefined; headers: IncomingHttpHeaders }[] = [];
const api = createServer((request, response) => {
  asked.push({ url: request.url, headers: request.headers });
  if (request.url !== '/orders/A-1') response.writeHead(404).end();
  else response.end('{"status":"shipped"}');
});

beforeAll(async () => {
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  folder = await temporaryFolder();
  await copyProject(folder.path);
  await linkPackages(folder.path);
  await writeFiles(folder.path, {
    ...files,
    'lib/tools/index.ts': `
import { greet } from './greet.ts';
import { orderStatus } from './order-status.ts';
export const features = [greet, orderStatus];
`,
  });
  const env = {
    ORDERS_API_URL: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
    ORDERS_API_KEY: 'key-of-the-orders-api',
  };
  stack = await startStack({ root: folder.path, port: 0, env });
});
afterAll(async () => {
  await stack?.close();
  await folder?.remove();
  api.close();
});

describe('the files of docs/making-it-yours.md as a server', () => {
  it.each(clientKinds)(
    '$name: greets the user by name, and asks the API in their name',
    async ({ connect }) => {
      const client = await connect(stack.mcpUrl);
      expect(client.serverName).toBe('acme-orders');
      expect(await client.callTool('greet')).toMatchObject({ content: [{ text: 'Hello, Demo User!' }] });

      asked.length = 0;
      expect(await client.callTool('order_status', { order: 'A-1' })).toMatchObject({
        content: [{ text: 'Order A-1: shipped' }],
      });
      expect(asked.map(({ url }) => url)).toEqual(['/orders/A-1']);
      expect(asked[0]?.headers).toMatchObject({
        authorization: 'Bearer key-of-the-orders-api',
        'x-user': expect.stringMatching(/^auth0\|/),
      });
      expect(JSON.stringify(asked)).not.toContain(client.tokens().access_token);

      expect(await client.callTool('order_status', { order: 'A-2' })).toMatchObject({ isError: true });
      expect(await client.callTool('order_status', { order: '../admin' })).toMatchObject({ isError: true });
      expect(asked.map(({ url }) => url)).toEqual(['/orders/A-1', '/orders/A-2']);
      await client.close();
    },
  );

  it('has the name, the links and a readable accent color', async () => {
    const page = await (await fetch(stack.serverUrl, { headers: { accept: 'text/html' } })).text();
    for (const text of ['<h1>Acme Orders</h1>', 'https://acme.example.com/terms', 'A-17', '--accent:'])
      expect(page).toContain(text);
    expect(page).toContain('href="/privacy"');
    const privacy = await (await fetch(`${stack.serverUrl}/privacy`)).text();
    expect(privacy).toContain('Operator: Acme Inc.');
    expect(privacy).toContain('Which orders you refunded');
  });
});

/** What Auth0 hands an Action, as far as this one reads it. */
type Event = {
  client: { metadata?: Record<string, string> };
  resource_server?: { identifier: string };
  user: { email?: string; email_verified?: boolean };
};

/** Runs the Action of the guide, and returns what it tells a user whom it denies. */
async function denial(event: Event): Promise<string | undefined> {
  const module: { onExecutePostLogin?: (event: Event, api: unknown) => Promise<void> } = {};
  runInNewContext(actionCode, { exports: module });
  let reason: string | undefined;
  await module.onExecutePostLogin?.(event, { access: { deny: (text: string) => (reason = text) } });
  return reason;
}

describe('the Action that decides who may sign in', () => {
  const ours = { client: { metadata: { api: 'https://mcp.example.com' } } };

  it.each<[string, Event]>([
    ['a colleague', { ...ours, user: { email: 'Ada@Example.com', email_verified: true } }],
    ['an invited partner', { ...ours, user: { email: 'partner@example.org', email_verified: true } }],
    [
      'anyone, for another API of the tenant',
      {
        client: { metadata: { api: 'https://other.example' } },
        resource_server: { identifier: 'https://other.example' },
        user: { email: 'x@elsewhere.example', email_verified: true },
      },
    ],
    ['anyone, in an application without metadata', { client: {}, user: {} }],
  ])('admits %s', async (_, event) => {
    expect(await denial(event)).toBeUndefined();
  });

  it.each<[string, Event['user']]>([
    ['somebody else', { email: 'mallory@elsewhere.example', email_verified: true }],
    ['an address that nobody verified', { email: 'ada@example.com', email_verified: false }],
    ['a domain that only ends alike', { email: 'ada@notexample.com', email_verified: true }],
    ['a domain below', { email: 'ada@sub.example.com', email_verified: true }],
    ['two at signs', { email: '"ada@example.com"@elsewhere.example', email_verified: true }],
    ['somebody without an address', {}],
  ])('denies %s', async (_, user) => {
    expect(await denial({ ...ours, user })).toMatch(/^Sign in with your example\.com account\./);
  });

  it('denies somebody who asks for the API through an application that this server did not create', async () => {
    const resource_server = { identifier: 'https://mcp.example.com' };
    expect(await denial({ client: {}, resource_server, user: {} })).toBeDefined();
  });

  it('finds the API in the metadata of every application that this server creates', async () => {
    await oauthClient(stack.serverUrl).register({ client_name: 'Any client' });
    const created = stack.tenant.applications().filter(({ name }) => name.endsWith('(MCP)'));
    expect(created.length).toBeGreaterThan(0);
    for (const { client_metadata } of created)
      expect(client_metadata).toMatchObject({ api: stack.serverUrl });
  });

  /** Auth0's answer to a sign-in that an Action denied. */
  async function denied(callback: URL): Promise<[URL, string]> {
    const reason = (await denial({ ...ours, user: {} })) ?? '';
    callback.searchParams.delete('code');
    callback.searchParams.set('error', 'access_denied');
    callback.searchParams.set('error_description', reason);
    return [callback, reason];
  }

  it('its words reach the app that asked, which gets no code', async () => {
    const client = oauthClient(stack.serverUrl);
    const browser = browserUser();
    const atTenant = await approve(browser, client.authorizationUrl(await client.register()));
    const [callback, reason] = await denied(await untilCallback(browser, atTenant));
    const answer = new URL((await browser.visit(callback)).headers.get('location') ?? '');
    expect(answer.href.startsWith(redirectUri)).toBe(true);
    expect(Object.fromEntries(answer.searchParams)).toEqual({
      error: 'access_denied',
      error_description: reason,
      state: 'the-state-of-the-client',
      iss: stack.serverUrl,
    });
  });

  it('its words are shown by the connections page', async () => {
    const browser = browserUser();
    const page = `${stack.serverUrl}/connections`;
    await browser.visit(page);
    const form = { action: '/connections', method: 'POST', fields: new URLSearchParams() };
    const atTenant = (await browser.submit(page, form, ['sign-in', 'any'])).headers.get('location') ?? '';
    const [callback, reason] = await denied(await untilCallback(browser, atTenant));
    const shown = await (await browser.visit(callback)).text();
    expect(wordsOf(shown)).toContain(reason);
  });
});

describe('a custom domain at Auth0', () => {
  it('is the issuer, while the Management API keeps its audience', () => {
    const managementAudience = 'https://acme.eu.auth0.com/api/v2/';
    const read = readConfig({
      SERVER_URL: 'https://mcp.example.com',
      AUTH0_DOMAIN: 'login.example.com',
      AUTH0_CLIENT_ID: 'id',
      AUTH0_CLIENT_SECRET: 'secret',
      AUTH0_MANAGEMENT_AUDIENCE: managementAudience,
    });
    expect('value' in read && read.value.oauth).toMatchObject({
      tenant: 'https://login.example.com',
      issuer: 'https://login.example.com/',
      jwksUri: 'https://login.example.com/.well-known/jwks.json',
      managementAudience,
    });
  });
});
