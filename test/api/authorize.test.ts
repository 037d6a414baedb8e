import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { wellKnownClients } from '../../lib/oauth/client/document/well-known.ts';
import { browserUser, readForm, returnLink, textOf } from '../support/browser-user.ts';
import { makeDocumentKnown } from '../support/known-document.ts';
import { oauthClient, redirectUri } from '../support/oauth-client.ts';
import { useStack } from '../support/stack.ts';
import { storeCommand } from '../support/store-command.ts';

const stack = useStack();
let client: ReturnType<typeof oauthClient>;
let clientId: string;

beforeAll(async () => {
  client = oauthClient(stack().serverUrl);
  clientId = await client.register();
});

type Changes = Record<string, string | undefined>;

const authorize = (changes: Changes = {}) =>
  fetch(client.authorizationUrl(clientId, changes), { redirect: 'manual' });

/** Loses everything that the store held. */
const flushStore = () => storeCommand(stack(), ['FLUSHALL']);

/** The consent page as a new browser gets it, ready to be decided. */
async function openConsent(changes: Changes = {}) {
  const browser = browserUser();
  const url = client.authorizationUrl(clientId, changes);
  const page = await (await browser.visit(url)).text();
  const form = readForm(page);
  if (!form) throw new Error(textOf(page));
  const decide = (decision: string) => browser.submit(url, form, ['decision', decision]);
  return { browser, url, page, form, decide };
}

describe('before the redirect URI is trusted, a refusal is a page', () => {
  it.each<[string, Changes]>([
    ['no client', { client_id: undefined }],
    ['an unknown client', { client_id: 'a'.repeat(32) }],
    ['something that is no client id', { client_id: '<script>alert(1)</script>' }],
    ['a foreign redirect URI', { redirect_uri: 'https://evil.example/callback' }],
    ['a redirect URI with more path', { redirect_uri: `${redirectUri}/more` }],
    ['a redirect URI with a query added', { redirect_uri: `${redirectUri}?x=1` }],
    ['a redirect URI over http', { redirect_uri: redirectUri.replace('https', 'http') }],
    ['a redirect URI in other case', { redirect_uri: redirectUri.replace('callback', 'Callback') }],
  ])('%s', async (_name, changes) => {
    const response = await authorize(changes);
    expect(response.status).toBe(400);
    expect(response.headers.get('location')).toBeNull();
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(await response.text()).not.toContain('<script');
  });

  it('a method that is neither GET nor POST', async () => {
    const response = await fetch(client.authorizationUrl(clientId), { method: 'PUT' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, POST, HEAD, OPTIONS');
    expect(response.headers.get('content-type')).toMatch('text/html');
  });

  it.each(['client_id', 'redirect_uri', 'state'])('%s given twice', async (name) => {
    const response = await fetch(`${client.authorizationUrl(clientId)}&${name}=again`, {
      redirect: 'manual',
    });
    expect(response.status).toBe(400);
    expect(response.headers.get('location')).toBeNull();
  });

  it('no redirect URI, when several are registered', async () => {
    const several = await client.register({ redirect_uris: [redirectUri, `${redirectUri}2`] });
    const response = await authorize({ client_id: several, redirect_uri: undefined });
    expect(response.status).toBe(400);
  });

  it('no redirect URI, when the one registered is a loopback address: another may have registered its port', async () => {
    const register = (port: number) =>
      client.register({ redirect_uris: [`http://localhost:${port}/callback`] });
    const [first, second] = [await register(1111), await register(2222)];
    expect(second).toBe(first);
    const response = await authorize({ client_id: second, redirect_uri: undefined });
    expect(response.status).toBe(400);
    expect(await response.text()).not.toContain(':1111');
  });
});

const refusals: [Changes, string][] = [
  [{ response_type: 'token' }, 'unsupported_response_type'],
  [{ code_challenge: undefined }, 'invalid_request'],
  [{ code_challenge_method: 'plain' }, 'invalid_request'],
  [{ resource: 'https://evil.example/mcp' }, 'invalid_target'],
  [{ request_uri: 'https://evil.example/request' }, 'invalid_request'],
  [{ prompt: 'none', scope: 'mcp:admin' }, 'consent_required'],
];

/** What a refusal tells the client, by redirect or by the page's link. */
function expectRefusal(location: URL | undefined, error: string, state = 'the-state-of-the-client') {
  expect(location && location.origin + location.pathname).toBe(redirectUri);
  expect(Object.fromEntries(location?.searchParams ?? [])).toMatchObject({
    error,
    state,
    iss: stack().serverUrl,
  });
}

const tooLong = 'x'.repeat(1025);

describe('for a client that was approved in this browser, a refusal goes to the client', () => {
  let browser: ReturnType<typeof browserUser>;
  beforeAll(async () => {
    browser = browserUser();
    await browser.signIn(client.authorizationUrl(clientId));
  });
  const redirectOf = async (url: string) => {
    const response = await browser.visit(url);
    expect(response.status).toBe(302);
    return new URL(response.headers.get('location') ?? '');
  };

  it.each(refusals)('%j → %s', async (changes, error) => {
    expectRefusal(await redirectOf(client.authorizationUrl(clientId, changes)), error);
  });

  it('a state too long to carry, which comes back whole', async () => {
    const url = client.authorizationUrl(clientId, { state: tooLong });
    expectRefusal(await redirectOf(url), 'invalid_request', tooLong);
  });

  it('a repeated parameter', async () => {
    expectRefusal(
      await redirectOf(`${client.authorizationUrl(clientId)}&scope=mcp:admin`),
      'invalid_request',
    );
  });
});

describe('for any other client, a refusal is a page with a link to the client (RFC 9700 4.11.2)', () => {
  const linkOf = async (response: Response) => {
    expect(response.status).toBe(400);
    expect(response.headers.get('location')).toBeNull();
    const page = await response.text();
    expect(textOf(page)).toContain('Return to client.example.com');
    return returnLink(page);
  };

  it.each(refusals)('%j → %s', async (changes, error) => {
    expectRefusal(await linkOf(await authorize(changes)), error);
  });

  it('a state too long to carry, which comes back whole', async () => {
    expectRefusal(await linkOf(await authorize({ state: tooLong })), 'invalid_request', tooLong);
  });

  it('a repeated parameter', async () => {
    const response = await fetch(`${client.authorizationUrl(clientId)}&scope=mcp:admin`, {
      redirect: 'manual',
    });
    expectRefusal(await linkOf(response), 'invalid_request');
  });

  it('approved in another browser or at another redirect URI counts for nothing', async () => {
    const browser = browserUser();
    const twoUris = await client.register({ redirect_uris: [redirectUri, `${redirectUri}/other`] });
    await browser.signIn(client.authorizationUrl(twoUris, { redirect_uri: `${redirectUri}/other` }));
    const response = await browser.visit(client.authorizationUrl(twoUris, { response_type: 'token' }));
    expectRefusal(await linkOf(response), 'unsupported_response_type');
  });
});

describe('for a client that many people use, known by its document', () => {
  it('a refusal goes to the client, whether it was approved here before or not', async () => {
    const [[id = '', document] = []] = wellKnownClients;
    if (!document) throw new Error('none is well known');
    await makeDocumentKnown(stack(), id, document);
    const [first = ''] = document.redirect_uris;
    const response = await authorize({ client_id: id, redirect_uri: first, response_type: 'token' });
    expect(response.status).toBe(302);
    expect(response.headers.get('location')?.startsWith(`${first}?error=unsupported_response_type`)).toBe(
      true,
    );
  });
});

describe('the consent page', () => {
  it('names the app, where its answer goes and what it may do', async () => {
    const { page } = await openConsent();
    const text = textOf(page);
    for (const expected of ['Test client', 'client.example.com', 'mcp:read', 'mcp:write', 'offline_access'])
      expect(text).toContain(expected);
    expect(text).not.toContain('mcp:admin');
    expect(text).not.toContain('runs on your own device');
  });

  it('warns of an app that runs on the own device', async () => {
    const local = await client.register({ redirect_uris: ['http://localhost:7777/oauth/callback'] });
    const { page } = await openConsent({
      client_id: local,
      redirect_uri: 'http://localhost:54321/oauth/callback',
    });
    expect(textOf(page)).toContain('runs on your own device');
    expect(textOf(page)).toContain('localhost:54321');
  });

  it('refuses scripts, frames, outside resources, caching and being embedded', async () => {
    const { headers } = await authorize();
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  it('does not let the name of an app write on the page', async () => {
    const shouting = await client.register({ client_name: '"&\'amp; onload=alert(1) style=x' });
    const { page } = await openConsent({ client_id: shouting });
    expect(page).not.toMatch(/<[^>]*onload/);
  });

  it('is not answered by a preflight', async () => {
    const response = await fetch(`${stack().serverUrl}/authorize`, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('sets no sign-in cookie before the approval', async () => {
    const { browser, url } = await openConsent();
    const cookies = [...(browser.cookies.get(new URL(url).host)?.keys() ?? [])];
    expect(cookies).toEqual(['consent-form']);
  });
});

describe('the decision', () => {
  it('deny is a page whose link tells the client access_denied, and nothing goes to the tenant', async () => {
    const { decide } = await openConsent();
    const before = stack().tenant.requests.length;
    const response = await decide('deny');
    expect(response.status).toBe(200);
    expect(response.headers.get('location')).toBeNull();
    expectRefusal(returnLink(await response.text()), 'access_denied');
    expect(stack().tenant.requests.length).toBe(before);
  });

  it('deny goes back to the client by itself if it was approved in this browser before', async () => {
    const browser = browserUser();
    await browser.signIn(client.authorizationUrl(clientId));
    const url = client.authorizationUrl(clientId, { prompt: 'consent' });
    const form = readForm(await (await browser.visit(url)).text());
    if (!form) throw new Error('no consent page');
    const before = stack().tenant.requests.length;
    const response = await browser.submit(url, form, ['decision', 'deny']);
    expect(response.status).toBe(303);
    expectRefusal(new URL(response.headers.get('location') ?? ''), 'access_denied');
    expect(stack().tenant.requests.length).toBe(before);
  });

  it('approve goes to the tenant: our callback, our audience, a challenge of our own, and nothing of the client', async () => {
    const { decide, browser, url } = await openConsent({
      login_hint: 'demo@example.com',
      prompt: 'login consent',
    });
    const response = await decide('approve');
    expect(response.status).toBe(303);
    const location = new URL(response.headers.get('location') ?? '');
    const { state, code_challenge, ...query } = Object.fromEntries(location.searchParams);
    expect(code_challenge).toMatch(/^[\w-]{43}$/);
    expect(code_challenge).not.toBe(client.challenge);
    expect(location.origin + location.pathname).toBe(`${stack().tenant.origin}/authorize`);
    expect(query).toEqual({
      client_id: clientId,
      redirect_uri: `${stack().serverUrl}/callback`,
      response_type: 'code',
      audience: stack().serverUrl,
      scope: 'openid profile email mcp:read mcp:write offline_access',
      code_challenge_method: 'S256',
      login_hint: 'demo@example.com',
      prompt: 'login',
    });
    expect(state).not.toContain('the-state-of-the-client');
    expect([...(browser.cookies.get(new URL(url).host)?.keys() ?? [])]).toContain('sign-in');
  });

  it('asks for the ticked scopes alone', async () => {
    const { form, decide } = await openConsent();
    form.fields.delete('scope:mcp:write');
    form.fields.set('scope:mcp:admin', 'on');
    const location = new URL((await decide('approve')).headers.get('location') ?? '');
    expect(location.searchParams.get('scope')).toBe('openid profile email mcp:read offline_access');
  });

  it('asks again when nothing useful is left ticked', async () => {
    const { form, decide } = await openConsent();
    form.fields.delete('scope:mcp:read');
    form.fields.delete('scope:mcp:write');
    const response = await decide('approve');
    expect(response.status).toBe(400);
    const page = await response.text();
    expect(textOf(page)).toContain('Tick what the app may do');
    expect(readForm(page)?.fields.has('scope:mcp:read')).toBe(true);
  });

  it.each<[string, (fields: URLSearchParams) => void]>([
    ['without a decision', (fields) => fields.delete('decision')],
    ['with an unknown decision', (fields) => fields.set('decision', 'perhaps')],
    ['without the sealed request', (fields) => fields.delete('request')],
    ['with a forged request', (fields) => fields.set('request', 'eyJhbGciOiJkaXIifQ..a.b.c')],
    ['with a field twice', (fields) => fields.append('request', 'again')],
  ])('%s is a page', async (_name, change) => {
    const { browser, url, form } = await openConsent();
    form.fields.set('decision', 'approve');
    change(form.fields);
    const response = await browser.submit(url, form);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toContain('text/html');
  });

  it('is refused when the redirect URI has left the registration meanwhile', async () => {
    const leaving = await client.register({ client_name: 'Leaving' });
    const { browser, url, form } = await openConsent({ client_id: leaving });
    const { tenant } = stack();
    const application = tenant.applications().find(({ client_id }) => client_id === leaving);
    Object.assign(application ?? {}, { client_metadata: {} });
    await flushStore();
    expect((await browser.submit(url, form, ['decision', 'approve'])).status).toBe(400);
  });
});

describe('a forged submission', () => {
  it.each([
    [{ origin: 'https://evil.example' }],
    [{ origin: 'null' }],
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
    [{ 'sec-fetch-site': 'none' }],
  ])('from another page is refused: %j', async (headers: Record<string, string>) => {
    const { browser, url, form } = await openConsent();
    form.fields.set('decision', 'approve');
    const response = await browser.visit(new URL('/authorize', url), {
      method: 'POST',
      headers,
      body: form.fields,
    });
    expect(response.status).toBe(403);
    expect(response.headers.get('location')).toBeNull();
  });

  it('with the form of another browser shows the page again instead of acting', async () => {
    const attacker = await openConsent();
    const victim = await openConsent();
    const response = await victim.browser.submit(attacker.url, attacker.form, ['decision', 'approve']);
    expect(response.status).toBe(400);
    expect(response.headers.get('location')).toBeNull();
    expect(response.headers.getSetCookie().join()).not.toContain('sign-in');
  });

  it('without cookies says so, and works once they are allowed', async () => {
    const { url, form } = await openConsent();
    const fresh = browserUser();
    const response = await fresh.submit(url, form, ['decision', 'approve']);
    const page = await response.text();
    expect(textOf(page)).toContain('Allow cookies');
    const again = readForm(page);
    expect(again && (await fresh.submit(url, again, ['decision', 'approve'])).status).toBe(303);
  });
});

describe('several pages at once', () => {
  it('a second page does not spoil the first, in any order', async () => {
    const { browser, url, form } = await openConsent();
    const second = readForm(await (await browser.visit(url)).text());
    expect((await browser.submit(url, form, ['decision', 'approve'])).status).toBe(303);
    expect(second && (await browser.submit(url, second, ['decision', 'approve'])).status).toBe(303);
  });

  it('the same page may be sent twice, as after going back', async () => {
    const { decide } = await openConsent();
    expect((await decide('approve')).status).toBe(303);
    expect(returnLink(await (await decide('deny')).text())?.searchParams.get('error')).toBe('access_denied');
    expect((await decide('approve')).status).toBe(303);
  });

  it('a page that is only looked at changes nothing for the next', async () => {
    const { browser, url, decide } = await openConsent();
    await browser.visit(url, { method: 'HEAD' });
    await fetch(url);
    expect((await decide('approve')).status).toBe(303);
  });
});

describe('a remembered approval', () => {
  it('goes straight to the tenant, with the browser bound', async () => {
    const { browser, url } = await openConsent();
    await browser.signIn(url);
    browser.cookies.get(new URL(url).host)?.delete('sign-in');
    const response = await browser.visit(url);
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toContain(stack().tenant.origin);
    expect(response.headers.getSetCookie().join()).toContain('sign-in=');
  });

  it('lets two sign-ins that start at the same moment both finish', async () => {
    const { browser, url } = await openConsent();
    await browser.signIn(url);
    browser.cookies.get(new URL(url).host)?.delete('sign-in');
    const starts = await Promise.all([browser.visit(url), browser.visit(url)]);
    for (const start of starts) {
      const atTenant = start.headers.get('location') ?? '';
      const callback = (await browser.visit(atTenant)).headers.get('location') ?? '';
      const answer = (await browser.visit(callback)).headers.get('location') ?? '';
      expect(new URL(answer).searchParams.get('code')).toBeTruthy();
    }
  });

  it.each<[string, Changes]>([
    ['more scopes', { scope: 'mcp:read mcp:write mcp:admin' }],
    ['prompt=consent', { prompt: 'consent' }],
  ])('is asked anew for %s', async (_name, changes) => {
    const { browser, url } = await openConsent();
    await browser.signIn(url);
    expect((await browser.visit(client.authorizationUrl(clientId, changes))).status).toBe(200);
  });

  it('is asked anew for another client with the same name and redirect URI, and in another browser', async () => {
    const { browser, url } = await openConsent();
    await browser.signIn(url);
    const twin = await client.register({ redirect_uris: [redirectUri, `${redirectUri}/twin`] });
    expect((await browser.visit(client.authorizationUrl(twin))).status).toBe(200);
    expect((await browserUser().visit(url)).status).toBe(200);
  });

  it('answers prompt=none, without any page of the tenant', async () => {
    const { browser, url } = await openConsent();
    await browser.signIn(url);
    const answer = await browser.signIn(client.authorizationUrl(clientId, { prompt: 'none' }));
    expect(answer.searchParams.get('code')).toBeTruthy();
  });

  it('is not made by a denial', async () => {
    const { browser, url, decide } = await openConsent();
    await decide('deny');
    expect((await browser.visit(url)).status).toBe(200);
  });

  it('is not narrowed by a sign-in that asks for less without a page', async () => {
    const { browser, url } = await openConsent();
    await browser.signIn(url);
    await browser.signIn(client.authorizationUrl(clientId, { scope: 'mcp:read' }));
    expect((await browser.visit(url)).status).toBe(302);
  });

  it('is taken back by unticking the next time', async () => {
    const { browser, url } = await openConsent();
    await browser.signIn(url);
    const again = client.authorizationUrl(clientId, { prompt: 'consent' });
    await browser.signIn(again, { untick: ['mcp:write'] });
    expect((await browser.visit(url)).status).toBe(200);
  });

  it('with scopes unticked is asked anew, so that a later need can be met', async () => {
    const { browser, url } = await openConsent();
    await browser.signIn(url, { untick: ['mcp:write'] });
    expect((await browser.visit(url)).status).toBe(200);
    const less = client.authorizationUrl(clientId, { scope: 'mcp:read offline_access' });
    expect((await browser.visit(less)).status).toBe(302);
  });
});

describe('the redirect URI', () => {
  it('may be left out when only one is registered, and then at the token endpoint too', async () => {
    const code = await client.code(clientId, {}, { redirect_uri: undefined });
    expect((await client.exchange(clientId, code, { redirect_uri: undefined })).status).toBe(200);
  });
});

describe('when the tenant is down', () => {
  afterEach(() => {
    stack().tenant.switches.faults = {};
  });

  it('a client that is not known here by a copy gets a page that says to wait', async () => {
    stack().tenant.switches.faults = { 'GET /api/v2/clients/*': { status: 503 } };
    const response = await authorize({ client_id: 'd'.repeat(32) });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBeTruthy();
    expect(textOf(await response.text())).toContain('not available right now');
  });

  it('an approval that needs it goes back to the client as temporarily_unavailable', async () => {
    const fresh = await client.register({ client_name: 'Never used' });
    const { decide } = await openConsent({ client_id: fresh });
    // Its callback is missing at the tenant, as on the first use at a new origin.
    const application = stack()
      .tenant.applications()
      .find(({ client_id }) => client_id === fresh);
    Object.assign(application ?? {}, { callbacks: [] });
    await flushStore();
    stack().tenant.switches.faults = { 'PATCH /api/v2/clients/*': { status: 503 } };
    const location = new URL((await decide('approve')).headers.get('location') ?? '');
    expect(location.origin + location.pathname).toBe(redirectUri);
    expect(Object.fromEntries(location.searchParams)).toMatchObject({
      error: 'temporarily_unavailable',
      state: 'the-state-of-the-client',
      iss: stack().serverUrl,
    });
  });
});
