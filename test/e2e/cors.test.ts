import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { accessToken } from '../support/access-token.ts';
import { signIn } from '../support/browser-user.ts';
import { useChromium } from '../support/chromium.ts';
import { call, initialize, modern } from '../support/mcp-request.ts';
import { oauthClient } from '../support/oauth-client.ts';
import { useStack } from '../support/stack.ts';

const stack = useStack();
const newPage = useChromium();

/** Another site on this machine, as the Inspector is: it serves a page to run scripts in. */
let site: Server;
let page: Page;
let token: string;

beforeAll(async () => {
  site = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<p>A client'));
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  token = await accessToken(stack());
});
afterAll(() => site.close());
beforeEach(async () => {
  page = await newPage();
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
});
afterEach(() => {
  stack().tenant.switches.faults = {};
});

type Seen = { status: number; headers: Record<string, string>; body: string } | 'blocked';
type Init = Pick<RequestInit, 'method' | 'credentials'> & { headers?: Record<string, string>; body?: string };

/** What a script of the other site gets to see of an answer. */
function fetchInPage(path: string, init: Init = {}): Promise<Seen> {
  return page.evaluate(
    async ({ url, init }) => {
      try {
        const response = await fetch(url, init);
        const headers = Object.fromEntries(response.headers);
        return { status: response.status, headers, body: await response.text() };
      } catch {
        return 'blocked';
      }
    },
    { url: stack().serverUrl + path, init },
  );
}

const json = (body: unknown, headers: Record<string, string> = {}): Init => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
  body: JSON.stringify(body),
});
const form = (fields: Record<string, string>): Init => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(fields).toString(),
});
const bearer = (more: Record<string, string> = {}) => ({ authorization: `Bearer ${token}`, ...more });

describe('a script of any site can read', () => {
  const registration = {
    client_name: 'Browser client',
    redirect_uris: ['https://client.example.com/callback'],
    token_endpoint_auth_method: 'none',
  };

  it.each<[what: string, path: string, init: Init, status: number]>([
    ['the resource metadata', '/.well-known/oauth-protected-resource/mcp', {}, 200],
    ['the server metadata', '/.well-known/oauth-authorization-server', {}, 200],
    ['the server metadata in OpenID’s form', '/.well-known/openid-configuration', {}, 200],
    [
      'metadata asked for with a protocol version',
      '/.well-known/oauth-protected-resource',
      { headers: { 'mcp-protocol-version': '2025-11-25' } },
      200,
    ],
    ['that there is no metadata', '/.well-known/oauth-authorization-server/nothing', {}, 404],
    ['a registration', '/register', json(registration), 201],
    ['why a registration is refused', '/register', json({ ...registration, redirect_uris: [] }), 400],
    [
      'why a token is refused',
      '/oauth/token',
      form({ grant_type: 'refresh_token', client_id: 'nobody' }),
      401,
    ],
    ['the same at the root path', '/token', form({ grant_type: 'refresh_token', client_id: 'nobody' }), 401],
    [
      'why a secret is refused',
      '/oauth/token',
      {
        ...form({ grant_type: 'refresh_token' }),
        headers: { authorization: 'Basic bm9ib2R5Om5v', 'content-type': 'application/x-www-form-urlencoded' },
      },
      401,
    ],
    ['why a revocation is refused', '/oauth/revoke', form({ token: 'x', client_id: 'nobody' }), 401],
    ['that it must sign in', '/mcp', json(initialize()), 401],
    ['that a method is wrong', '/register', {}, 405],
    ['the health', '/health', {}, 200],
  ])('%s', async (_, path, init, status) => {
    expect(await fetchInPage(path, init)).toMatchObject({ status });
  });

  it('the challenge', async () => {
    const headers = { 'www-authenticate': expect.stringContaining('resource_metadata=') };
    expect(await fetchInPage('/mcp', json(initialize()))).toMatchObject({ status: 401, headers });
    expect(await fetchInPage('/', json(initialize()))).toMatchObject({ status: 401, headers });
  });

  it('how long to wait', async () => {
    stack().tenant.switches.faults = { 'GET /api/v2/clients': { status: 503 } };
    const waiting = await fetchInPage('/register', json({ ...registration, client_name: 'Later' }));
    expect(waiting).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
  });

  it('a session’s id, and use the session to its end', async () => {
    const opened = await fetchInPage('/mcp', json(initialize(), bearer()));
    const id = opened === 'blocked' ? '' : (opened.headers['mcp-session-id'] ?? '');
    expect(id).not.toBe('');
    const headers = bearer({ 'mcp-session-id': id, 'mcp-protocol-version': '2025-11-25' });
    const called = await fetchInPage('/mcp', json(call('whoami'), headers));
    expect(called).toMatchObject({ status: 200, body: expect.stringContaining('auth0|') });
    const resumed = await fetchInPage('/mcp', {
      headers: { ...headers, accept: 'text/event-stream', 'last-event-id': 'none' },
    });
    expect(resumed).not.toBe('blocked');
    expect(await fetchInPage('/mcp', { method: 'DELETE', headers })).not.toBe('blocked');
  });

  it('an answer of the modern era, also to a call with a header of its own', async () => {
    const [body, headers] = modern('tools/call', { name: 'whoami', arguments: {} });
    expect(await fetchInPage('/mcp', json(body, bearer(headers)))).toMatchObject({ status: 200 });
    const more = {
      'mcp-param-region': 'eu',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    };
    expect(await fetchInPage('/mcp', json(body, bearer({ ...headers, ...more })))).toMatchObject({
      status: 200,
    });
  });

  it('its tokens, from the code to the revocation', async () => {
    const { serverUrl } = stack();
    const client = oauthClient(serverUrl);
    const clientId = await client.register();
    const callback = await signIn(client.authorizationUrl(clientId));
    const granted = await fetchInPage(
      '/oauth/token',
      form({
        grant_type: 'authorization_code',
        client_id: clientId,
        code: callback.searchParams.get('code') ?? '',
        redirect_uri: 'https://client.example.com/callback',
        code_verifier: client.verifier,
      }),
    );
    expect(granted).toMatchObject({ status: 200 });
    const { refresh_token } = JSON.parse(granted === 'blocked' ? '{}' : granted.body);
    const revoked = await fetchInPage('/oauth/revoke', form({ token: refresh_token, client_id: clientId }));
    expect(revoked).toMatchObject({ status: 200 });
  });
});

describe('a script of another site can never read', () => {
  const pages: [what: string, path: string, init: Init][] = [
    ['the consent page', '/authorize?client_id=x', {}],
    ['the answer to a decision', '/authorize', form({ decision: 'approve' })],
    ['the callback', '/callback?state=x&code=x', {}],
    ['the prune job', '/api/cron/prune-clients', { headers: { authorization: 'Bearer local-cron-secret' } }],
  ];

  it.each(pages)('%s', async (_, path, init) => {
    expect(await fetchInPage(path, init)).toBe('blocked');
    expect(await fetchInPage(path, { ...init, credentials: 'include' })).toBe('blocked');
  });

  it('the consent page of a real request', async () => {
    const client = oauthClient(stack().serverUrl);
    const path = client.authorizationUrl(await client.register()).slice(stack().serverUrl.length);
    expect(await fetchInPage(path)).toBe('blocked');
    expect(await fetchInPage(path, { credentials: 'include' })).toBe('blocked');
  });

  it('anything at all together with the user’s cookies', async () => {
    const [body, headers] = modern('tools/call', { name: 'whoami', arguments: {} });
    const init = { ...json(body, bearer(headers)), credentials: 'include' } as const;
    expect(await fetchInPage('/mcp', init)).toBe('blocked');
  });
});
