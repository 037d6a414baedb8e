import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectionsOf, keepConnection } from '../../lib/access-token/connections.ts';
import type { Grant } from '../../lib/access-token/grant.ts';
import { userHash } from '../../lib/access-token/principal.ts';
import { hasSignIn, readConfig, type SignInConfig } from '../../lib/config.ts';
import { sealForm } from '../../lib/connections/form.ts';
import { newSession, readSession, startSession } from '../../lib/connections/session.ts';
import { seal } from '../../lib/sealing.ts';
import { signedOutKey } from '../../lib/store/keys.ts';
import { signedRecord } from '../../lib/store/record.ts';
import { withStore } from '../../lib/store/redis.ts';
import { sendRaw } from '../attacks/raw-request.ts';
import { locationOf, untilCallback } from '../attacks/steps.ts';
import { browserUser, demoUser, readForm, textOf, type User } from '../support/browser-user.ts';
import { eventually } from '../support/eventually.ts';
import { oauthClient, type Tokens } from '../support/oauth-client.ts';
import { useStack } from '../support/stack.ts';

const preview = 'https://preview.example.com';
const otherUser: User = { email: 'other@example.com', password: 'other' };
const stack = useStack({ env: { ALLOWED_ORIGINS: preview } });

type Browser = ReturnType<typeof browserUser>;

let client: ReturnType<typeof oauthClient>;
let clientId: string;
let config: SignInConfig;

beforeAll(async () => {
  client = oauthClient(stack().serverUrl);
  clientId = await client.register({ client_name: 'Notebook & friends' });
  const read = readConfig(stack().env);
  if ('failure' in read || !hasSignIn(read.value)) throw new Error('the stack is not configured');
  config = read.value;
});

const pageUrl = () => `${stack().serverUrl}/connections`;
const context = (origin = stack().serverUrl) => ({
  config,
  origin,
  url: new URL(pageUrl()),
  requestId: 'test',
});

/** The page's forms by what their buttons say. */
function formsOf(page: string) {
  const forms = [...page.matchAll(/<form\b[\s\S]*?<\/form>/g)].flatMap(([markup]) => {
    const form = readForm(markup);
    return form ? [[textOf(markup), form] as const] : [];
  });
  return (label: string) => {
    const [, form] = forms.find(([words]) => words.startsWith(label)) ?? [];
    if (!form) throw new Error(`no button ${label} on: ${textOf(page)}`);
    return form;
  };
}

async function read(browser: Browser) {
  const response = await browser.visit(pageUrl());
  const markup = await response.text();
  return { response, markup, text: textOf(markup), forms: formsOf(markup) };
}

const press = async (browser: Browser, label: string) =>
  browser.submit(pageUrl(), (await read(browser)).forms(label));

/** Presses the sign-in button: the tenant's authorization page. */
async function startSignIn(browser: Browser, value = 'any'): Promise<string> {
  const { forms } = await read(browser);
  return locationOf(await browser.submit(pageUrl(), forms('Sign in'), ['sign-in', value]));
}

/** A browser that is signed in to the page. */
async function signedIn(user = demoUser): Promise<Browser> {
  const browser = browserUser();
  const callback = await untilCallback(browser, await startSignIn(browser), user);
  const response = await browser.visit(callback);
  expect([response.status, locationOf(response)]).toEqual([302, pageUrl()]);
  return browser;
}

/** What the page lists, by the apps' names. */
const listed = async (browser: Browser) =>
  [...(await read(browser)).markup.matchAll(/<h2><bdi>(.*?)<\/bdi>/g)].map(([, name]) => name);

/** Signs a client in; waits until the connection is on the user's page. */
async function connect(options: { user?: User; name?: string } = {}): Promise<Tokens> {
  const { user = demoUser, name } = options;
  const id = name === undefined ? clientId : await client.register({ client_name: name });
  const before = await noted(user);
  const tokens = await client.tokens(id, { user });
  await eventually(async () => expect(await noted(user)).toHaveLength(before.length + 1));
  return tokens;
}

const subjectOf = ({ email }: User) => {
  const found = stack().tenant.users.find((each) => each.email === email);
  if (!found) throw new Error(`no user ${email}`);
  return found.user_id;
};
const hashOf = (user: User) => userHash({ issuer: config.oauth.issuer, subject: subjectOf(user) });
const noted = async (user: User) => (await connectionsOf(config, hashOf(user))).filter(({ ended }) => !ended);

const works = async ({ access_token }: Tokens) => {
  const response = await fetch(`${stack().serverUrl}/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${access_token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
  });
  return response.status !== 401;
};

const auditLines = () =>
  stack().lines.flatMap((line) => {
    if (typeof line !== 'string' || !line.includes('"msg":"audit"')) return [];
    return [JSON.parse(line) as Record<string, string>];
  });
const ended = () => auditLines().filter(({ action }) => action === 'connection-ended');

/** A sealed value with another character in its authentication tag. */
const changed = (sealed: string) =>
  sealed.replace(/.(?=.{10}$)/, (character) => (character === 'A' ? 'B' : 'A'));

/** Nobody is connected to anything. */
beforeEach(async () => {
  for (const user of [demoUser, otherUser])
    await withStore(config, (redis) => redis.del(`grants:${hashOf(user)}`, signedOutKey(hashOf(user))));
});
afterEach(() => {
  stack().store.faults.outage = 'none';
  stack().tenant.switches.faults = {};
});

describe('signing in to the page', () => {
  it('takes a button: opening the page starts nothing, not even for a user whom the tenant knows', async () => {
    const browser = await signedIn();
    await press(browser, 'Sign out');
    const { response, text } = await read(browser);
    expect([response.status, locationOf(response), response.headers.getSetCookie()]).toEqual([200, '', []]);
    expect(text).toContain('Sign in to see your connections');
  });

  it('asks the tenant for nothing but who the user is, through the shared application, with PKCE', async () => {
    const url = new URL(await startSignIn(browserUser()));
    expect(url.origin).toBe(stack().tenant.origin);
    const { scope, audience, redirect_uri, code_challenge_method, prompt, client_id } = Object.fromEntries(
      url.searchParams,
    );
    expect({ scope, audience, redirect_uri, code_challenge_method, prompt }).toEqual({
      scope: 'openid profile email',
      audience: stack().serverUrl,
      redirect_uri: `${stack().serverUrl}/callback`,
      code_challenge_method: 'S256',
      prompt: undefined,
    });
    const application = stack()
      .tenant.applications()
      .find((each) => each.client_id === client_id);
    expect(application?.name).toContain('Clients without an application of their own');
  });

  it('with another account makes the tenant ask for it', async () => {
    const url = new URL(await startSignIn(browserUser(), 'another'));
    expect(url.searchParams.get('prompt')).toBe('login');
  });

  it('ends at the page, with a cookie that scripts cannot read and sealed contents', async () => {
    const browser = browserUser();
    const response = await browser.visit(await untilCallback(browser, await startSignIn(browser)));
    expect(locationOf(response)).toBe(pageUrl());
    const [cookie = ''] = response.headers.getSetCookie();
    expect(cookie).toMatch(/^connections=[\w.-]+; Path=\/; Max-Age=3600; HttpOnly; SameSite=Lax$/);
    expect((await read(browser)).text).toContain(`You are signed in as ${demoUser.email} .`);
  });

  it('goes nowhere else, whatever the request says', async () => {
    const browser = browserUser();
    const evil = 'https://evil.example/';
    const query = new URLSearchParams({ next: evil, return_to: evil, redirect_uri: evil });
    const shown = await browser.visit(`${pageUrl()}?${query}`);
    expect([shown.status, await shown.text()]).toEqual([200, expect.not.stringContaining('evil')]);
    query.set('sign-in', 'any');
    const sent = await browser.submit(pageUrl(), { action: '', method: 'POST', fields: query });
    expect(locationOf(sent)).not.toContain('evil');
    const answer = await untilCallback(browser, locationOf(sent));
    answer.searchParams.set('redirect_uri', evil);
    expect(locationOf(await browser.visit(answer))).toBe(pageUrl());
  });

  it("is audited, without the user's name", async () => {
    await signedIn();
    await eventually(() => {
      const line = auditLines().findLast(({ action }) => action === 'sign-in');
      expect(line).toMatchObject({ reason: 'connections page', user: hashOf(demoUser) });
    });
    expect(JSON.stringify(auditLines())).not.toContain(demoUser.email);
  });

  it.each<[string, (answer: URL, browser: Browser) => Promise<Response>, string]>([
    ['in another browser', (answer) => browserUser().visit(answer), 'started in another browser'],
    [
      'a second time',
      async (answer, browser) => {
        await browser.visit(answer);
        return browser.visit(answer);
      },
      'already finished',
    ],
    [
      'from another issuer',
      (answer, browser) => {
        answer.searchParams.set('iss', 'https://other.auth0.com/');
        return browser.visit(answer);
      },
      'another identity provider',
    ],
    [
      'after ten minutes',
      (answer, browser) => {
        answer.searchParams.set('state', seal(config, 'connections-state', {}, -1));
        return browser.visit(answer);
      },
      'took too long',
    ],
  ])('an answer of the tenant %s is refused, with a link to the page', async (_, visit, words) => {
    const browser = browserUser();
    const response = await visit(await untilCallback(browser, await startSignIn(browser)), browser);
    const markup = await response.text();
    expect(response.status).toBe(400);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(textOf(markup)).toContain(words);
    expect(markup).toContain('href="/connections"');
  });

  it("shows the tenant's refusal, and lets the user try again", async () => {
    const browser = browserUser();
    const answer = await untilCallback(browser, await startSignIn(browser));
    answer.searchParams.delete('code');
    answer.searchParams.set('error', 'access_denied');
    answer.searchParams.set('error_description', 'Please verify your email.');
    const response = await browser.visit(answer);
    const markup = await response.text();
    expect([response.status, textOf(markup)]).toEqual([
      400,
      expect.stringContaining('Please verify your email.'),
    ]);
    expect(markup).toContain('href="/connections"');
  });

  it("a client's answer is no answer for the page: its code goes to the client alone", async () => {
    const browser = browserUser();
    const forPage = await untilCallback(browser, await startSignIn(browser));
    const consent = readForm(
      await (await browser.visit(client.authorizationUrl(clientId, { prompt: 'consent' }))).text(),
    );
    if (!consent) throw new Error('no consent page');
    const approved = await browser.submit(client.authorizationUrl(clientId), consent, [
      'decision',
      'approve',
    ]);
    const forClient = await untilCallback(browser, locationOf(approved));
    forPage.searchParams.set('code', forClient.searchParams.get('code') ?? '');
    const response = await browser.visit(forPage);
    expect([response.status, response.headers.getSetCookie()]).toEqual([400, []]);
  });
});

describe('the page', () => {
  it('shows each client as the consent page did, and nothing as markup', async () => {
    await connect();
    const { text, markup } = await read(await signedIn());
    expect(text).toMatch(
      /Notebook & friends client\.example\.com See your data on this server Add, change and delete your data on this server Stay connected/,
    );
    expect(markup).not.toContain('Notebook & ');
    const today = new Date().toLocaleString('en-GB', { dateStyle: 'medium', timeZone: 'UTC' });
    expect(text).toMatch(new RegExp(`Connected ${today}, \\d\\d:\\d\\d UTC Last used ${today}`));
  });

  it('shows only what the user left ticked', async () => {
    await client.tokens(clientId, { untick: ['mcp:write'] });
    const browser = await signedIn();
    await eventually(async () => expect(await listed(browser)).toHaveLength(1));
    expect((await read(browser)).text).not.toContain('Add, change and delete');
  });

  it("shows nobody else's", async () => {
    await connect({ user: otherUser });
    expect(await listed(await signedIn())).toEqual([]);
    expect(await listed(await signedIn(otherUser))).toHaveLength(1);
  });

  it('says how to connect a client while there is none', async () => {
    const { text, markup } = await read(await signedIn());
    expect(text).toContain(`No app is connected. To connect one, add this URL to it: ${stack().mcpUrl}`);
    expect(markup).toContain('<a href="/">');
  });

  it('tells connections at another address of this server', async () => {
    await keepConnection(config, grantAt(preview), { name: 'Preview app', host: 'client.example.com' });
    expect((await read(await signedIn())).text).toContain(
      'Connected at preview.example.com, another address of this server',
    );
  });

  it('leaves out what is over: revoked by the client, or at the end of its only token', async () => {
    const { refresh_token = '' } = await connect();
    await client.post('/oauth/revoke', { client_id: clientId, token: refresh_token });
    const over = { ...grantAt(stack().serverUrl), upstream: undefined, upstreamExpiresAtSeconds: 1 };
    await keepConnection(config, over, { name: 'Over', host: 'client.example.com' });
    expect(await listed(await signedIn())).toEqual([]);
  });

  it('finds a connection again whose note the store has lost, as soon as the client refreshes', async () => {
    const { refresh_token } = await connect();
    await withStore(config, (redis) => redis.del(`grants:${hashOf(demoUser)}`));
    expect((await client.refresh(clientId, refresh_token)).status).toBe(200);
    await eventually(async () => expect(await noted(demoUser)).toHaveLength(1));
    expect(await listed(await signedIn())).toHaveLength(1);
  });

  it('is never cached, framed, or given scripts', async () => {
    for (const browser of [browserUser(), await signedIn()]) {
      const { headers } = (await read(browser)).response;
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('content-security-policy')).not.toContain('script-src');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it('is linked from the front page', async () => {
    const front = await fetch(stack().serverUrl, { headers: { accept: 'text/html' } });
    expect(await front.text()).toContain('href="/connections"');
  });
});

const grantAt = (origin: string): Grant => ({
  id: randomUUID(),
  realm: 'realm',
  subject: subjectOf(demoUser),
  clientId,
  application: 'application',
  scopes: ['mcp:read'],
  origin,
  signedInAtSeconds: Math.floor(Date.now() / 1000),
  vouchedAtSeconds: Math.floor(Date.now() / 1000),
  upstream: 'upstream',
  upstreamExpiresAtSeconds: Math.floor(Date.now() / 1000) + 600,
});

describe('disconnecting', () => {
  it('ends the connection here and at the tenant, and it is gone from the page', async () => {
    const [tokens, staying] = [await connect(), await connect({ name: 'Staying' })];
    const browser = await signedIn();
    const before = ended().length;
    const response = await press(browser, 'Disconnect Notebook');
    expect([response.status, locationOf(response)]).toEqual([303, pageUrl()]);
    expect(await listed(browser)).toEqual(['Staying']);
    expect([await works(tokens), await works(staying)]).toEqual([false, true]);
    const refreshed = await client.refresh(clientId, tokens.refresh_token);
    expect([refreshed.status, await refreshed.json()]).toMatchObject([400, { error: 'invalid_grant' }]);
    await eventually(() => expect(ended()).toHaveLength(before + 1));
    expect(ended().at(-1)).toMatchObject({ actor: 'user', user: hashOf(demoUser), client: clientId });
    expect(revocationsAtTenant().at(-1)).toBe(200);
  });

  it('all of them ends all of them, and nobody else’s', async () => {
    const mine = [await connect(), await connect({ name: 'Second' }), await connect({ name: 'Third' })];
    const theirs = await connect({ user: otherUser });
    const browser = await signedIn();
    expect((await press(browser, 'Disconnect all')).status).toBe(303);
    expect(await listed(browser)).toEqual([]);
    expect(await Promise.all([...mine, theirs].map(works))).toEqual([false, false, false, true]);
  });

  it('twice changes nothing the second time', async () => {
    const [, staying] = [await connect(), await connect({ name: 'Staying' })];
    const browser = await signedIn();
    const form = (await read(browser)).forms('Disconnect Notebook');
    await browser.submit(pageUrl(), form);
    await eventually(() => expect(ended().length).toBeGreaterThan(0));
    const before = ended().length;
    const again = await browser.submit(pageUrl(), form);
    expect([again.status, locationOf(again)]).toEqual([303, pageUrl()]);
    expect(await works(staying)).toBe(true);
    expect(ended()).toHaveLength(before);
  });

  it('signing out of the page forgets the user in this browser, and ends no connection', async () => {
    const tokens = await connect();
    const browser = await signedIn();
    const response = await press(browser, 'Sign out');
    expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(/^connections=; .*Max-Age=0/)]);
    expect((await read(browser)).text).toContain('Sign in to see your connections');
    expect(await works(tokens)).toBe(true);
  });
});

const revocationsAtTenant = () =>
  stack().lines.flatMap((line) =>
    typeof line === 'object' && line.from === 'auth0' && line.path === '/oauth/revoke' ? [line.status] : [],
  );

describe('when something is down', () => {
  it('the tenant: the app is out at once, the page says what is missing, and trying again completes it', async () => {
    const [tokens] = [await connect(), await connect({ name: 'Staying' })];
    const browser = await signedIn();
    const before = ended().length;
    stack().tenant.switches.faults = { '/oauth/revoke': { status: 503 } };
    const failed = await press(browser, 'Disconnect Notebook');
    const page = await failed.text();
    expect(failed.status).toBe(503);
    expect(textOf(page)).toContain('Auth0 did not confirm it');
    expect(await works(tokens)).toBe(false);

    stack().tenant.switches.faults = {};
    const again = await browser.submit(pageUrl(), formsOf(page)('Try again Notebook'));
    expect([again.status, locationOf(again)]).toEqual([303, pageUrl()]);
    expect(revocationsAtTenant().at(-1)).toBe(200);
    expect(await listed(browser)).toEqual(['Staying']);
    await eventually(() => expect(ended().length).toBeGreaterThan(before));
    expect(ended().slice(before)).toMatchObject([{ reason: expect.stringContaining('not confirmed') }]);
  });

  it('the store: a page says so, nothing is lost, and trying again works', async () => {
    const tokens = await connect();
    const browser = await signedIn();
    const form = (await read(browser)).forms('Disconnect Notebook');
    stack().store.faults.outage = 'unavailable';
    for (const response of [await browser.visit(pageUrl()), await browser.submit(pageUrl(), form)]) {
      const markup = await response.text();
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBeTruthy();
      expect(textOf(markup)).toContain('Your connections are not available right now');
      expect(markup).toContain('href="/connections"');
    }
    stack().store.faults.outage = 'none';
    expect((await browser.submit(pageUrl(), form)).status).toBe(303);
    expect(await works(tokens)).toBe(false);
  });

  it('the store: signing out of the page still works', async () => {
    const browser = await signedIn();
    const form = (await read(browser)).forms('Sign out');
    stack().store.faults.outage = 'unavailable';
    expect((await browser.submit(pageUrl(), form)).status).toBe(303);
  });
});

describe('attacks on the page', () => {
  it.each<[string, Record<string, string>]>([
    ['a page of another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['a sibling host', { origin: 'https://blog.example.com', 'sec-fetch-site': 'same-site' }],
    ['a sandboxed frame', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
    ['a browser that sends Origin alone', { origin: 'https://evil.example' }],
    ['another origin of this server', { origin: preview, 'sec-fetch-site': 'cross-site' }],
  ])("a form posted by %s is refused, with the user's own cookie and form", async (_, headers) => {
    const tokens = await connect();
    const browser = await signedIn();
    const { forms } = await read(browser);
    for (const body of [forms('Disconnect Notebook').fields, new URLSearchParams({ 'sign-in': 'any' })]) {
      const response = await browser.visit(pageUrl(), { method: 'POST', headers, body });
      expect([response.status, locationOf(response), response.headers.getSetCookie()]).toEqual([403, '', []]);
    }
    expect(await works(tokens)).toBe(true);
  });

  it('GET with the fields of a form does nothing', async () => {
    const tokens = await connect();
    const browser = await signedIn();
    const { fields } = (await read(browser)).forms('Disconnect Notebook');
    expect((await browser.visit(`${pageUrl()}?${fields}`)).status).toBe(200);
    expect(await works(tokens)).toBe(true);
  });

  it.each<[string, () => Promise<[Browser, Browser]>]>([
    ["another user's", async () => [await signedIn(), await signedIn(otherUser)]],
    ["the same user's from another browser", async () => [await signedIn(), await signedIn()]],
  ])('a form of %s session is refused', async (_, sessions) => {
    const tokens = await connect();
    const [owner, foreign] = await sessions();
    const form = (await read(owner)).forms('Disconnect Notebook');
    const response = await foreign.submit(pageUrl(), form);
    expect(response.status).toBe(403);
    expect(textOf(await response.text())).toContain('nothing was changed');
    expect(await works(tokens)).toBe(true);
  });

  it("a grant of somebody else in a form of one's own ends nothing", async () => {
    const tokens = await connect({ user: otherUser });
    const [theirs] = await noted(otherUser);
    const browser = await signedIn();
    const cookies = [...(browser.cookies.get(new URL(pageUrl()).host) ?? [])].map((pair) => pair.join('='));
    const session = readSession(
      new Request(pageUrl(), { headers: { cookie: cookies.join('; ') } }),
      context(),
    );
    if (!theirs || !session) throw new Error('nothing to attack');
    const sealed = sealForm(context(), session, { action: 'disconnect', grant: theirs.id });
    const fields = new URLSearchParams({ form: sealed });
    const response = await browser.submit(pageUrl(), { action: '', method: 'POST', fields });
    expect([response.status, locationOf(response)]).toEqual([303, pageUrl()]);
    expect(await works(tokens)).toBe(true);
    expect(await noted(otherUser)).toHaveLength(1);
  });

  it.each<[string, (form: string) => string | undefined]>([
    ['left out', () => undefined],
    ['changed in one character', changed],
    ['sealed for another purpose', () => seal(config, 'consent-form', {}, 600)],
    ['too old', () => seal(config, 'connections-form', {}, -1)],
    ['of an unknown shape', () => seal(config, 'connections-form', { session: 'x' }, 600)],
  ])('a form whose hidden field is %s is refused', async (_, change) => {
    const tokens = await connect();
    const browser = await signedIn();
    const form = (await read(browser)).forms('Disconnect Notebook');
    const changed = change(form.fields.get('form') ?? '');
    if (changed === undefined) form.fields.delete('form');
    else form.fields.set('form', changed);
    expect((await browser.submit(pageUrl(), form)).status).toBe(400);
    expect(await works(tokens)).toBe(true);
  });

  const session = (origin: string) => {
    const session = newSession(context(origin), { subject: subjectOf(demoUser), name: 'Demo' });
    const cookie = startSession(context(origin), session);
    return /=([^;]+)/.exec(cookie)?.[1] ?? '';
  };

  it('a session that was sealed here is taken, so the refusals below are about what differs', async () => {
    const headers = { cookie: `connections=${session(stack().serverUrl)}` };
    expect(textOf(await (await fetch(pageUrl(), { headers })).text())).toContain(
      'You are signed in as Demo .',
    );
  });

  it.each<[string, () => string]>([
    ['of another origin', () => session(preview)],
    [
      'of another tenant',
      () => {
        const oauth = { ...config.oauth, issuer: 'https://other.auth0.com/' };
        const elsewhere = { ...context(), config: { ...config, oauth } };
        const made = startSession(elsewhere, newSession(elsewhere, { subject: 'x', name: 'Demo' }));
        return /=([^;]+)/.exec(made)?.[1] ?? '';
      },
    ],
    ['changed in one character', () => changed(session(stack().serverUrl))],
    ['sealed for another purpose', () => seal(config, 'consent-memory', { subject: 'x' }, 600)],
    ['that is plain text', () => Buffer.from('{"subject":"x"}').toString('base64url')],
  ])('a session cookie %s counts as none', async (_, cookie) => {
    const headers = { cookie: `connections=${cookie()}` };
    const response = await fetch(pageUrl(), { headers });
    expect(textOf(await response.text())).toContain('Sign in to see your connections');
    const sent = await fetch(pageUrl(), {
      method: 'POST',
      headers,
      body: new URLSearchParams({ form: 'x' }),
    });
    expect(sent.status).toBe(403);
  });

  it('a session from before an operator signed the user out is over', async () => {
    const browser = await signedIn();
    const form = (await read(browser)).forms('Sign out');
    const key = signedOutKey(hashOf(demoUser));
    const record = signedRecord(config, key, { beforeSeconds: Math.floor(Date.now() / 1000) + 1 });
    await withStore(config, (redis) => redis.set(key, record));
    expect((await read(browser)).text).toContain('You were signed out.');
    expect((await browser.submit(pageUrl(), form)).status).toBe(403);
  });
});

it('is limited as sign-ins are', async () => {
  const { host } = new URL(pageUrl());
  const ask = () =>
    sendRaw(stack().serverUrl, ['GET /connections HTTP/1.1', `Host: ${host}`], '', '127.0.0.2');
  const answers = await Promise.all(Array.from({ length: 310 }, ask));
  const refused = answers.find(({ status }) => status === 429);
  expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(refused?.headers.get('content-type')).toContain('text/html');
});

describe('without sign-in', () => {
  const open = useStack({ env: { OAUTH_ENABLED: 'false' } });

  it.each(['GET', 'POST'])('there is no page: %s', async (method) => {
    const response = await fetch(`${open().serverUrl}/connections`, { method });
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toContain('text/html');
  });

  it('and no link to it', async () => {
    const front = await fetch(open().serverUrl, { headers: { accept: 'text/html' } });
    expect(await front.text()).not.toContain('/connections');
  });
});
