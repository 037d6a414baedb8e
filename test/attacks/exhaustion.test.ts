import { once } from 'node:events';
import { request } from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import { scrub } from '../../lib/log.ts';
import { isAllowedRedirectUri } from '../../lib/oauth/client/redirect-uri.ts';
import { browserUser } from '../support/browser-user.ts';
import { testConfig } from '../support/config.ts';
import { oauthClient, redirectUri } from '../support/oauth-client.ts';
import { useStack } from '../support/stack.ts';
import { sendRaw } from './raw-request.ts';
import { linkOf, locationOf } from './steps.ts';

const stack = useStack();
let client: ReturnType<typeof oauthClient>;
let clientId: string;

beforeAll(async () => {
  client = oauthClient(stack().serverUrl);
  clientId = await client.register();
});

/** A request's answer, which must not take longer than an honest one might on a busy machine. */
async function quickly<T>(work: () => Promise<T> | T): Promise<T> {
  const started = performance.now();
  const outcome = await work();
  expect(performance.now() - started).toBeLessThan(1000);
  return outcome;
}

const register = (body: string) =>
  fetch(`${stack().serverUrl}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });

describe('oversized input', () => {
  const long = 'x'.repeat(70_000);

  it.each([
    ['/oauth/token', 'application/x-www-form-urlencoded'],
    ['/oauth/revoke', 'application/json'],
    ['/register', 'application/json'],
    ['/authorize', 'application/x-www-form-urlencoded'],
  ])('a body of 70 KB to %s is 413, with its length told and without', async (path, type) => {
    const url = stack().serverUrl + path;
    const headers = { 'content-type': type };
    expect((await fetch(url, { method: 'POST', headers, body: long })).status).toBe(413);
    const stream = new Blob([long]).stream();
    const chunked: RequestInit & { duplex: 'half' } = {
      method: 'POST',
      headers,
      body: stream,
      duplex: 'half',
    };
    expect((await fetch(url, chunked)).status).toBe(413);
  });

  it.each(['Cookie: a=', 'X-Anything: ', 'Authorization: Bearer '])(
    'a header of 40 KB, %s, is 431',
    async (header) => {
      const { host } = new URL(stack().serverUrl);
      const reply = await sendRaw(stack().serverUrl, [
        'GET /mcp HTTP/1.1',
        `Host: ${host}`,
        header + 'x'.repeat(40_000),
      ]);
      expect(reply.status).toBe(431);
    },
  );

  it.each([
    [10_000, 413],
    [1000, 400],
    [21, 400],
  ])('%i redirect URIs are refused', async (count, status) => {
    const redirect_uris = Array.from({ length: count }, (_, index) => `https://a.example/${index}`);
    const { host } = new URL(stack().serverUrl);
    const lines = ['POST /register HTTP/1.1', `Host: ${host}`, 'Content-Type: application/json'];
    // On a connection of its own, as the server stops reading.
    expect((await sendRaw(stack().serverUrl, lines, JSON.stringify({ redirect_uris }))).status).toBe(status);
  });

  it('a state, a login hint or scopes of many kilobytes do not get into a URL of ours', async () => {
    const filler = 'y'.repeat(6000);
    const tooLong = await fetch(client.authorizationUrl(clientId, { state: filler }), { redirect: 'manual' });
    expect(tooLong.headers.get('location')).toBeNull();
    expect((await linkOf(tooLong)).href).toMatch(
      /^https:\/\/client\.example\.com\/callback\?error=invalid_request&/,
    );
    const approved = browserUser();
    await approved.signIn(client.authorizationUrl(clientId));
    const answer = await approved.visit(client.authorizationUrl(clientId, { state: filler }));
    expect(locationOf(answer)).toMatch(/^https:\/\/client\.example\.com\/callback\?error=invalid_request&/);
    const rest = client.authorizationUrl(clientId, { login_hint: filler, scope: `mcp:read ${filler}` });
    expect((await (await fetch(rest)).text()).length).toBeLessThan(12_000);
  });
});

describe('a JSON bomb', () => {
  it.each([
    ['nested arrays', `{"redirect_uris":${'['.repeat(30_000)}${']'.repeat(30_000)}}`],
    [
      'nested objects',
      `{"client_name":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)},"redirect_uris":["${redirectUri}"]}`,
    ],
    ['a number without an end', `{"redirect_uris":${'9'.repeat(60_000)}}`],
    ['a polluted prototype', `{"__proto__":{"redirect_uris":["${redirectUri}"]}}`],
  ])('of %s is refused by registration', async (_, body) => {
    expect((await quickly(() => register(body))).status).toBe(400);
  });

  it('a polluted prototype authenticates no client and names no grant', async () => {
    const body = `{"__proto__":{"client_id":"${clientId}","grant_type":"refresh_token"},"constructor":"x"}`;
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${stack().serverUrl}/oauth/token`, { method: 'POST', headers, body });
    expect(response.status).toBe(400);
    expect({}).not.toHaveProperty('client_id');
  });
});

describe('a slow body', () => {
  it('holds up nobody else', async () => {
    const slow = Array.from({ length: 20 }, () => {
      const headers = { 'content-type': 'application/json', 'content-length': '1000' };
      const sending = request(`${stack().serverUrl}/oauth/token`, { method: 'POST', headers, agent: false });
      sending.on('error', () => {});
      sending.write('{"grant_type":');
      return sending;
    });
    await Promise.all(slow.map((sending) => once(sending, 'socket')));
    const response = await quickly(() =>
      fetch(`${stack().serverUrl}/.well-known/oauth-authorization-server`),
    );
    expect(response.status).toBe(200);
    for (const sending of slow) sending.destroy();
  });
});

describe('a body full of short parameters', () => {
  it.each(['/oauth/token', '/oauth/revoke'])('takes no time at %s', async (path) => {
    const names = Array.from({ length: 16_000 }, (_, index) => index.toString(36).padStart(3, '0'));
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const body = `${names.join('&')}&client_id=nobody`;
    const post = () => fetch(stack().serverUrl + path, { method: 'POST', headers, body });
    expect((await quickly(post)).status).toBe(401);
  });
});

describe('ReDoS', () => {
  const n = 60_000;
  const origin = () => stack().serverUrl;

  it.each<[string, () => Record<string, string>]>([
    ['slashes in a resource', () => ({ resource: `${origin()}${'/'.repeat(n)}x` })],
    ['slashes after /mcp in a resource', () => ({ resource: `${origin()}/mcp${'/'.repeat(n)}x` })],
    ['spaces in a scope', () => ({ scope: `mcp:read${' '.repeat(n)}x`, refresh_token: 'x' })],
    ['dots in a token', () => ({ refresh_token: 'a.'.repeat(n / 2) })],
    ['a verifier without an end', () => ({ code_verifier: '~'.repeat(n), code: 'x' })],
  ])('by %s takes no time at the token endpoint', async (_, fields) => {
    for (const grant_type of ['refresh_token', 'authorization_code']) {
      const body = JSON.stringify({ grant_type, client_id: clientId, ...fields() });
      const headers = { 'content-type': 'application/json' };
      const response = await quickly(() =>
        fetch(`${origin()}/oauth/token`, { method: 'POST', headers, body }),
      );
      expect(response.status).toBe(400);
    }
  });

  it.each([
    ['combining marks', 'a\u0301\u0302'.repeat(330)],
    ['spaces', `a${' '.repeat(990)}b`],
    ['ligatures that unfold', '\ufdfa'.repeat(1000)],
  ])('by a client name of %s takes no time', async (_, client_name) => {
    const body = JSON.stringify({
      client_name,
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: 'none',
    });
    expect((await quickly(() => register(body))).status).toBe(201);
  });

  it.each([
    `Bearer ${'a'.repeat(7000)} ${' '.repeat(7000)}x`,
    `Bearer${' '.repeat(14_000)}`,
    `Bearer ${'.'.repeat(14_000)}`,
    `Basic ${'%25'.repeat(4000)}`,
  ])('by the header Authorization: %.16s takes no time', async (authorization) => {
    const headers = { authorization };
    expect((await quickly(() => fetch(stack().mcpUrl, { method: 'POST', headers }))).status).toBe(401);
    const body = new URLSearchParams({ client_id: 'x' });
    const response = await quickly(() => fetch(`${origin()}/oauth/token`, { method: 'POST', headers, body }));
    expect(response.status).toBe(401);
  });

  it.each([
    ['hyphens', 'a-'.repeat(n)],
    ['dots', 'a.'.repeat(n)],
    ['spaces after a word', `token${' '.repeat(n)}`],
    ['words alone', 'token'.repeat(n)],
    ['beginnings of tokens', `${'a'.repeat(25)}.`.repeat(n / 10)],
    ['Bearers', 'bearer '.repeat(n)],
  ])('by %s takes no time on the way to the log', async (_, text) => {
    await quickly(() => scrub(text));
  });

  it.each(['a:', ':/', '@', '/@'])('by a redirect URI of %s takes no time', async (part) => {
    await quickly(() => isAllowedRedirectUri(`https://${part.repeat(120)}`, testConfig()));
  });
});
