import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { grantIn } from '../support/access-token.ts';
import { browserUser } from '../support/browser-user.ts';
import { call, initialize, modern, poster } from '../support/mcp-request.ts';
import { oauthClient, redirectUri, type Tokens } from '../support/oauth-client.ts';
import { useStack } from '../support/stack.ts';
import { approve, locationOf, untilCallback } from './steps.ts';

const printed: string[] = [];
const stack = useStack({ env: { LOG_LEVEL: 'debug' }, onPrint: (line) => printed.push(line) });
let client: ReturnType<typeof oauthClient>;
let clientId: string;
let tokens: Tokens;

beforeAll(async () => {
  client = oauthClient(stack().serverUrl);
  clientId = await client.register();
  tokens = await client.tokens(clientId);
});

afterEach(() => {
  stack().tenant.switches.faults = {};
  stack().store.faults.outage = 'none';
});

/** Everything printed so far, by the functions and by the stack around them. */
const log = () => [...printed, ...stack().lines.map((line) => JSON.stringify(line))];

function expectNowhere(...secrets: (string | null | undefined)[]) {
  for (const secret of secrets) {
    expect(secret?.length).toBeGreaterThan(3);
    expect(log().filter((line) => line.includes(secret ?? ''))).toEqual([]);
  }
}

const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  fetch(stack().serverUrl + path, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });

describe('log leakage', () => {
  it('no step of a sign-in prints what passes through the browser, its own or the tenant’s', async () => {
    const browser = browserUser();
    const atTenant = await approve(
      browser,
      client.authorizationUrl(clientId, { login_hint: 'hint@example.com' }),
    );
    const callback = await untilCallback(browser, atTenant);
    const answer = new URL(locationOf(await browser.visit(callback)));
    await browser.visit(callback);
    await browserUser().visit(callback);
    const cookies = [...browser.cookies.values()].flatMap((jar) => [...jar.values()].filter(Boolean));
    expectNowhere(
      ...[new URL(atTenant).searchParams.get('state'), callback.searchParams.get('code')],
      ...[answer.searchParams.get('code'), 'the-state-of-the-client', client.challenge, 'hint@example.com'],
      ...cookies,
    );
  });

  it.each([
    '{"client_secret":hunter2-hunter2}',
    '{"code_verifier":"x"hunter2}',
    'hunter2',
    '{"refresh_token":\'hunter2\'}',
  ])('a malformed body is not quoted: %s', async (body) => {
    for (const path of ['/oauth/token', '/oauth/revoke', '/register', '/authorize', '/mcp'])
      await post(path, body, { authorization: `Bearer ${tokens.access_token}` });
    expectNowhere('hunter2');
  });

  it('secrets in the wrong place are not printed', async () => {
    const query = new URLSearchParams({
      access_token: tokens.access_token,
      code: 'code-in-a-query',
      token: 'token-in-a-query',
    });
    for (const path of ['/mcp', '/authorize', '/callback', '/oauth/token', '/health'])
      await fetch(`${stack().serverUrl}${path}?${query}`, { headers: { cookie: 'a=secret-in-a-cookie' } });
    await post('/oauth/token', '{}', { authorization: `Basic ${btoa(`${clientId}:secret-in-basic`)}` });
    await post('/mcp', '{}', { authorization: 'Bearer secret-bearer-that-is-opaque' });
    await fetch(`${stack().serverUrl}/api/cron/prune-clients`, {
      headers: { authorization: 'Bearer guessed-secret' },
    });
    expectNowhere(tokens.access_token, 'code-in-a-query', 'token-in-a-query', 'secret-in-a-cookie');
    expectNowhere('secret-in-basic', btoa(`${clientId}:secret-in-basic`), 'secret-bearer', 'guessed-secret');
  });

  it.each([
    [
      'refuses and quotes',
      { status: 403, body: { error: 'invalid_grant', error_description: 'refresh_token=v1.quoted-secret' } },
    ],
    ['fails with a page', { status: 500, body: '<pre>client_secret: quoted-secret</pre>' }],
    ['is cut off', { reset: true }],
  ])('a tenant that %s makes nothing be printed', async (_, fault) => {
    const fresh = await client.tokens(clientId);
    const browser = browserUser();
    const callback = await untilCallback(browser, await approve(browser, client.authorizationUrl(clientId)));
    stack().tenant.switches.faults = { 'POST /oauth/token': fault, 'POST /oauth/revoke': fault };
    const answer = new URL(locationOf(await browser.visit(callback)));
    expect(answer.searchParams.has('error')).toBe(true);
    await client.refresh(clientId, fresh.refresh_token);
    await client.post('/oauth/revoke', { client_id: clientId, token: fresh.refresh_token });
    const { upstream } = grantIn(stack(), fresh.access_token);
    expect(answer.href).not.toContain('quoted-secret');
    expectNowhere(callback.searchParams.get('code'), client.verifier, 'quoted-secret');
    expectNowhere(fresh.access_token, fresh.refresh_token, upstream);
  });

  it('a store that is down makes no command or value be printed', async () => {
    const code = await client.code(clientId);
    stack().store.faults.outage = 'unavailable';
    const fresh = (await (await client.exchange(clientId, code)).json()) as Tokens;
    const again = (await (await client.refresh(clientId, fresh.refresh_token)).json()) as Tokens;
    await poster(
      stack(),
      again.access_token,
    )(call('add_note', { title: 'diary', text: 'dear-diary-secret' }));
    expectNowhere(code, fresh.access_token, fresh.refresh_token, again.refresh_token, 'dear-diary-secret');
    expectNowhere(stack().env.UPSTASH_REDIS_REST_TOKEN, stack().env.AUTH0_CLIENT_SECRET);
  });

  it('tool calls print names, and neither arguments nor results nor who the user is', async () => {
    const send = poster(stack(), tokens.access_token);
    const session = (await send(initialize())).headers.get('mcp-session-id');
    await send(call('add_note', { title: 'private-title', text: 'private-text' }));
    await send(...modern('tools/call', { name: 'search_notes', arguments: { query: 'private-title' } }));
    await send(
      ...modern('tools/call', { name: 'add_note', arguments: { title: 7, secret: 'private-text' } }),
    );
    await send(...modern('resources/read', { uri: 'note://private-uri' }));
    await send(call('whoami'));
    expectNowhere('private-title', 'private-text', 'private-uri', session, 'demo@example.com', 'auth0|');
  });

  it('nothing that has the look of a token or key stands in any line of this whole run', () => {
    expect(log().length).toBeGreaterThan(50);
    for (const line of log()) expect(line).not.toMatch(/eyJ[\w-]{8}|[\w-]{43,}/);
    expectNowhere(
      ...['AUTH0_CLIENT_SECRET', 'CRON_SECRET', 'UPSTASH_REDIS_REST_TOKEN'].map((name) => stack().env[name]),
    );
  });
});

describe('leakage to the wrong party', () => {
  it('the tenant learns nothing of the client, and the client nothing of the tenant', async () => {
    const browser = browserUser();
    const atTenant = await approve(browser, client.authorizationUrl(clientId, { prompt: 'consent' }));
    for (const ofClient of ['the-state-of-the-client', 'client.example.com', client.verifier])
      expect(decodeURIComponent(atTenant)).not.toContain(ofClient);
    const callback = await untilCallback(browser, atTenant);
    const answer = locationOf(await browser.visit(callback));
    expect(answer.startsWith(redirectUri)).toBe(true);
    const ofTenant = [callback.searchParams.get('code') ?? '', callback.searchParams.get('state') ?? ''];
    for (const secret of [...ofTenant, stack().tenant.origin])
      expect(decodeURIComponent(answer)).not.toContain(secret);
    const response = await client.exchange(clientId, new URL(answer).searchParams.get('code') ?? '');
    const granted = (await response.json()) as Tokens;
    expect(granted).not.toHaveProperty('id_token');
  });

  it('no page or redirect of the sign-in tells another site its address by Referer', async () => {
    const browser = browserUser();
    const url = client.authorizationUrl(clientId, { prompt: 'consent' });
    const callback = await untilCallback(browser, await approve(browser, url));
    for (const address of [url, callback, callback, `${stack().serverUrl}/authorize`])
      expect((await browser.visit(address)).headers.get('referrer-policy')).toBeOneOf([
        'no-referrer',
        'same-origin',
      ]);
  });

  it('a refusal does not echo the credentials that it refuses', async () => {
    const wrong = {
      client_secret: 'wrong-secret',
      code: 'wrong-code',
      code_verifier: 'wrong-verifier'.repeat(4),
    };
    const answers = [
      await client.post('/oauth/token', { grant_type: 'authorization_code', client_id: clientId, ...wrong }),
      await client.refresh(clientId, 'wrong-refresh-token'),
      await post('/mcp', '{}', { authorization: 'Bearer wrong-bearer-token' }),
      await post('/oauth/token', '{"client_secret":wrong-json}'),
    ];
    for (const answer of answers)
      expect(`${await answer.text()} ${[...answer.headers].join()}`).not.toMatch(/wrong-(?!$)\w/);
  });
});
