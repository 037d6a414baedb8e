import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../dev/auth0/tenant.ts';
import { lifetimeSecondsOf, sealAccessToken } from '../../lib/access-token/grant.ts';
import { sealRefreshToken } from '../../lib/oauth/token/refresh-token.ts';
import { approve, locationOf, untilCallback } from '../attacks/steps.ts';
import { callback as callbackOfTests } from '../dev/auth0/fixture.ts';
import { tenantPaths } from '../faults/fault-list.ts';
import { grantIn, tenantTokens } from '../support/access-token.ts';
import { watchAnswers } from '../support/answer-watch.ts';
import { browserUser, readForm, signIn, textOf as textOfPage } from '../support/browser-user.ts';
import { configOf } from '../support/config.ts';
import { eventually } from '../support/eventually.ts';
import { makeDocumentKnown } from '../support/known-document.ts';
import { call, initialize, modern, poster, request, textOf } from '../support/mcp-request.ts';
import { oauthClient, redirectUri, type Tokens } from '../support/oauth-client.ts';
import { useStack } from '../support/stack.ts';

/** Milliseconds that any answer may take while something is down, and while the tenant lets us wait for its own. */
const longest = 5000;
const longestAtSilentTenant = 9000;

const stack = useStack();
const answers = watchAnswers((url) => url.startsWith(stack().serverUrl));

type Client = ReturnType<typeof oauthClient>;
let client: Client;
let clientId: string;
let tokens: Tokens;

beforeAll(async () => {
  client = oauthClient(stack().serverUrl);
  clientId = await client.register();
  tokens = await client.tokens(clientId);
  expect((await whoami(tokens.access_token)).status).toBe(200);
  answers.take();
});

afterEach(() => {
  const silent = Object.values(stack().tenant.switches.faults).some(({ hang }) => hang);
  for (const answer of answers.take()) {
    expect(answer.ms, JSON.stringify(answer)).toBeLessThan(silent ? longestAtSilentTenant : longest);
    expect(answer.status, JSON.stringify(answer)).not.toBe(500);
    if (answer.status > 500) expect(answer.type).toMatch(/application\/json|text\/html/);
  }
});

const hour = 3600;

/** A connection for which the tenant gave its last word some time ago; nothing but tokens says so. */
async function connectedSince(ageSeconds: number): Promise<{ accessToken: string; refreshToken: string }> {
  const { access_token } = await client.tokens(clientId);
  const config = configOf(stack().env);
  const grant = grantIn(stack(), access_token);
  const aged = { ...grant, vouchedAtSeconds: grant.vouchedAtSeconds - ageSeconds };
  return {
    accessToken: sealAccessToken(config, aged, lifetimeSecondsOf(config, aged)),
    refreshToken: sealRefreshToken(config, { grant: aged, generation: 0 }),
  };
}

const whoami = (token: string) =>
  poster(stack(), token)(...modern('tools/call', { name: 'whoami', arguments: {} }));

/** The status, the OAuth error, and whether the answer says when to come back. */
async function refusalOf(response: Response) {
  const { error } = (await response.json()) as { error: string };
  return { status: response.status, error, waits: Number(response.headers.get('retry-after')) > 0 };
}
const unavailable = { status: 503, error: 'temporarily_unavailable', waits: true };

const register = (name: string) =>
  fetch(`${stack().serverUrl}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_name: name, redirect_uris: ['https://client.example.com/callback'] }),
  });

describe.each(['unavailable', 'refused', 'hanging'] as const)('while the store is %s', (outage) => {
  let older: Awaited<ReturnType<typeof connectedSince>>;
  beforeAll(async () => {
    older = await connectedSince(2 * hour);
    stack().store.faults.outage = outage;
  });
  afterAll(() => {
    stack().store.faults.outage = 'none';
  });

  it('calls of the modern era go on as if nothing were', async () => {
    const answer = await whoami(tokens.access_token);
    expect([answer.status, answer.last.result?.structuredContent]).toMatchObject([
      200,
      { clientId: expect.any(String) },
    ]);
  });

  it('the legacy era goes on without sessions, with and without the header', async () => {
    const post = poster(stack(), tokens.access_token);
    const opened = await post(initialize());
    expect([opened.status, opened.headers.get('mcp-session-id')]).toEqual([200, null]);
    expect((await post({ jsonrpc: '2.0', method: 'notifications/initialized' })).status).toBe(202);
    const [listed, called, kept] = await Promise.all([
      post(request('tools/list')),
      post(call('whoami')),
      post(call('whoami'), { 'mcp-session-id': 'of-better-days', 'mcp-protocol-version': '2025-11-25' }),
    ]);
    expect(listed.last.result?.tools).toBeTruthy();
    for (const answer of [called, kept]) expect(answer.last.result?.structuredContent).toBeTruthy();
  });

  it('a tool that keeps its data there says what is wrong', async () => {
    const answer = await poster(
      stack(),
      tokens.access_token,
    )(...modern('tools/call', { name: 'list_notes', arguments: {} }));
    expect([answer.status, answer.last.result?.isError]).toEqual([200, true]);
    expect(textOf(answer)).toMatch(/unavailable|try again/i);
  });

  it('users sign in, and their tokens are refreshed', async () => {
    const fresh = await client.tokens(clientId);
    const refreshed = (await (await client.refresh(clientId, fresh.refresh_token)).json()) as Tokens;
    expect((await whoami(refreshed.access_token)).status).toBe(200);
  });

  it('a revocation ends the connection at the tenant and here; to be heard elsewhere it must be repeated', async () => {
    const { access_token, refresh_token } = await client.tokens(clientId);
    const revoked = await client.post('/oauth/revoke', { client_id: clientId, token: refresh_token });
    expect(await refusalOf(revoked)).toEqual(unavailable);
    expect((await whoami(access_token)).status).toBe(401);
    const dead = await client.refresh(clientId, refresh_token);
    expect(await refusalOf(dead)).toMatchObject({ status: 400, error: 'invalid_grant' });
    const { application, upstream = '' } = grantIn(stack(), access_token);
    const body = new URLSearchParams({ client_id: application, refresh_token: upstream });
    body.set('grant_type', 'refresh_token');
    const atTenant = await fetch(`${stack().tenant.origin}/oauth/token`, { method: 'POST', body });
    expect(atTenant.status).toBe(403);
  });

  it('clients register, known ones as the same client', async () => {
    const [again, anew] = await Promise.all([client.register(), register(`New while ${outage}`)]);
    expect([again, anew.status]).toEqual([clientId, 201]);
  });

  it('tokens that the tenant has not confirmed within the hour are neither believed nor called invalid', async () => {
    const { status, headers } = await whoami(older.accessToken);
    expect([status, Number(headers.get('retry-after')) > 0]).toEqual([503, true]);
    expect(await refusalOf(await client.refresh(clientId, older.refreshToken))).toEqual(unavailable);
  });

  it('rate limits let everybody pass, and the log says so', async () => {
    const seen = stack().lines.length;
    const refused = await client.post('/oauth/token', { client_id: clientId });
    expect(await refusalOf(refused)).toMatchObject({ error: 'invalid_request' });
    await eventually(() =>
      expect(JSON.stringify(stack().lines.slice(seen))).toMatch(/rate limit not checked/),
    );
  });

  it('an instance that has just started signs users in all the same', async () => {
    await stack().functions.kill(0);
    expect((await client.tokens(clientId)).scope).toContain('mcp:read');
  });

  it('all is well when it comes back', async () => {
    stack().store.faults.outage = 'none';
    await eventually(async () => expect((await whoami(older.accessToken)).status).toBe(200));
    expect((await client.refresh(clientId, older.refreshToken)).status).toBe(200);
    const post = poster(stack(), tokens.access_token);
    expect((await post(initialize())).headers.get('mcp-session-id')).toBeTruthy();
  });
});

const faultPaths = ['/authorize', ...tenantPaths];

describe.each<[string, Fault]>([
  ['answers 503', { status: 503 }],
  ['cuts every connection', { reset: true }],
  ['never answers', { hang: true }],
])('while the tenant %s', (_, fault) => {
  let code: string;
  let fresh: Tokens;
  let older: Awaited<ReturnType<typeof connectedSince>>;
  let oldest: Awaited<ReturnType<typeof connectedSince>>;
  /** A token of the tenant's own for an application that this server made. */
  let jwt: string;
  let begun: { browser: ReturnType<typeof browserUser>; callback: URL };
  /** A client whom this server has not signed anyone in for. */
  let documentUrl: string;

  beforeAll(async () => {
    [code, fresh] = [await client.code(clientId), await client.tokens(clientId)];
    [older, oldest] = [await connectedSince(5 * hour), await connectedSince(25 * hour)];
    const browser = browserUser();
    const atTenant = await approve(browser, client.authorizationUrl(clientId));
    begun = { browser, callback: await untilCallback(browser, atTenant) };
    const application = stack()
      .tenant.applications()
      .find(({ client_id }) => client_id === clientId);
    application?.callbacks?.push(callbackOfTests);
    jwt = (await tenantTokens(stack(), { clientId })).tokens.access_token;
    for (const token of [fresh.access_token, jwt]) expect((await whoami(token)).status).toBe(200);
    documentUrl = `https://app.example.com/${crypto.randomUUID()}.json`;
    await makeDocumentKnown(stack(), documentUrl, { client_name: 'App', redirect_uris: [redirectUri] });
    stack().tenant.switches.faults = Object.fromEntries(faultPaths.map((path) => [path, fault]));
  });
  afterAll(() => {
    stack().tenant.switches.faults = {};
  });

  it('tokens are good as ever, in both eras, and bad ones are not', async () => {
    expect((await whoami(fresh.access_token)).status).toBe(200);
    const post = poster(stack(), fresh.access_token);
    expect((await post(initialize())).headers.get('mcp-session-id')).toBeTruthy();
    expect((await post(call('whoami'))).last.result?.structuredContent).toBeTruthy();
    expect((await whoami(`${fresh.access_token.slice(0, -4)}AAAA`)).status).toBe(401);
  });

  it('JWTs of the tenant are verified by the keys at hand', async () => {
    expect((await whoami(jwt)).status).toBe(200);
    expect((await whoami(`${jwt.slice(0, -4)}AAAA`)).status).toBe(401);
  });

  it('what the tenant last said of a connection holds for a day, and then it is neither good nor bad', async () => {
    expect((await whoami(older.accessToken)).status).toBe(200);
    const { status, headers } = await whoami(oldest.accessToken);
    expect([status, Number(headers.get('retry-after')) > 0]).toEqual([503, true]);
  });

  it.concurrent('codes are redeemed and tokens refreshed as ever; a revocation is told to come back', async () => {
    const [redeemed, refreshed, old] = await Promise.all([
      client.exchange(clientId, code),
      client.refresh(clientId, fresh.refresh_token),
      client.refresh(clientId, older.refreshToken),
    ]);
    expect([redeemed.status, refreshed.status, old.status]).toEqual([200, 200, 200]);
    const { refresh_token: token } = (await redeemed.json()) as Tokens;
    const revoked = await client.post('/oauth/revoke', { client_id: clientId, token });
    expect(await refusalOf(revoked)).toEqual(unavailable);
  });

  it.concurrent('a refresh of a connection of which it has not said anything for a day is told to come back', async () => {
    expect(await refusalOf(await client.refresh(clientId, oldest.refreshToken))).toEqual(unavailable);
  });

  it.concurrent('a user who comes back from it is sent to the client with temporarily_unavailable', async () => {
    const answer = new URL(locationOf(await begun.browser.visit(begun.callback)));
    expect(Object.fromEntries(answer.searchParams)).toMatchObject({
      error: 'temporarily_unavailable',
      state: 'the-state-of-the-client',
      iss: stack().serverUrl,
    });
  });

  it.concurrent('known clients register as ever, new ones are told to come back', async () => {
    const [again, anew] = await Promise.all([client.register(), register('New without tenant')]);
    expect(again).toBe(clientId);
    expect(await refusalOf(anew)).toEqual(unavailable);
  });

  it.concurrent('a known client’s user gets the consent page, and is sent on to the tenant', async () => {
    const browser = browserUser();
    const url = client.authorizationUrl(clientId);
    const page = await (await browser.visit(url)).text();
    expect(textOfPage(page)).toContain('Test client');
    const form = readForm(page);
    if (!form) throw new Error('no form');
    const sent = await browser.submit(url, form, ['decision', 'approve']);
    expect(sent.headers.get('location')).toMatch(`${stack().tenant.origin}/authorize?`);
  });

  it.concurrent('the user of a client that must be looked up gets a page that says to wait', async () => {
    const response = await browserUser().visit(client.authorizationUrl('Z'.repeat(32)));
    expect([response.status, Number(response.headers.get('retry-after')) > 0]).toEqual([503, true]);
    expect(textOfPage(await response.text())).toMatch(/does not answer\. Try again in a moment/);
  });

  it.concurrent('a client that needs its application made is told through the browser, with iss', async () => {
    const callback = await signIn(client.authorizationUrl(documentUrl));
    expect(Object.fromEntries(callback.searchParams)).toMatchObject({
      error: 'temporarily_unavailable',
      state: 'the-state-of-the-client',
      iss: stack().serverUrl,
    });
  });

  it('an instance that has just started knows our tokens, and says so if it cannot tell the tenant’s', async () => {
    await stack().functions.kill(0);
    expect((await whoami(fresh.access_token)).status).toBe(200);
    const { status, headers } = await whoami(jwt);
    expect([status, Number(headers.get('retry-after')) > 0]).toEqual([503, true]);
  });

  it('nothing is lost when it comes back', async () => {
    stack().tenant.switches.faults = {};
    for (const token of [fresh.access_token, older.accessToken, jwt])
      expect((await whoami(token)).status).toBe(200);
    await stack().functions.kill(0);
    expect((await whoami(oldest.accessToken)).status).toBe(200);
    for (const token of [fresh.refresh_token, older.refreshToken, oldest.refreshToken])
      expect((await client.refresh(clientId, token)).status).toBe(200);
    expect((await client.tokens(clientId)).scope).toContain('mcp:read');
    expect((await signIn(client.authorizationUrl(documentUrl))).searchParams.has('code')).toBe(true);
  });
});
