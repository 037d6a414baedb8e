import { decodeJwt } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { grantIn, other, tenantTokens } from '../support/access-token.ts';
import { browserUser, readForm, textOf } from '../support/browser-user.ts';
import { eventually } from '../support/eventually.ts';
import { oauthClient, type Tokens } from '../support/oauth-client.ts';
import { useStack } from '../support/stack.ts';
import { approve, linkOf, locationOf, openConsent, untilCallback } from './steps.ts';

const stack = useStack();
const evil = 'https://evil.example/callback';
const second = 'https://client.example.com/second';

let honest: ReturnType<typeof oauthClient>;
let honestId: string;
let attacker: ReturnType<typeof oauthClient>;
let attackerId: string;

beforeAll(async () => {
  const { serverUrl } = stack();
  honest = oauthClient(serverUrl);
  honestId = await honest.register({ redirect_uris: ['https://client.example.com/callback', second] });
  attacker = oauthClient(serverUrl);
  attackerId = await attacker.register({ client_name: 'Test client', redirect_uris: [evil] });
});

/** A victim who has used the honest client: a live session at the tenant, and its consent remembered. */
async function signedInVictim() {
  const browser = browserUser();
  await browser.signIn(honest.authorizationUrl(honestId));
  return browser;
}

const attackUrl = (changes = {}) => attacker.authorizationUrl(attackerId, { redirect_uri: evil, ...changes });

const subjectOf = (jwt: string) => decodeJwt(jwt).sub;

describe('confused deputy by first-party consent skip', () => {
  it.each([
    ['a plain link', {}],
    ['prompt=login', { prompt: 'login' }],
    ['the login_hint of the victim', { login_hint: 'demo@example.com' }],
  ])(
    '%s shows the victim a page that names where the code would go, and sends no code',
    async (_, changes) => {
      const victim = await signedInVictim();
      const asked = stack().tenant.requests.length;
      const { response, page } = await openConsent(victim, attackUrl(changes));
      expect([response.status, locationOf(response)]).toEqual([200, '']);
      expect(textOf(page)).toContain('evil.example');
      expect(stack().tenant.requests.length).toBe(asked);
    },
  );

  it('prompt=none is refused on a page: the attacker gets neither a code nor, unasked, the victim', async () => {
    const answer = await linkOf(await (await signedInVictim()).visit(attackUrl({ prompt: 'none' })));
    expect(answer.href.startsWith(evil)).toBe(true);
    expect(answer.searchParams.get('error')).toBe('consent_required');
    expect(answer.searchParams.has('code')).toBe(false);
  });

  it("the attacker's own approved sign-in, followed by the victim to the tenant, ends at our callback", async () => {
    const victim = await signedInVictim();
    const callback = await untilCallback(victim, await approve(browserUser(), attackUrl()));
    expect(callback.searchParams.has('code')).toBe(true);
    const response = await victim.visit(callback);
    expect([response.status, locationOf(response)]).toEqual([400, '']);
    expect(textOf(await response.text())).toContain('another browser');
  });

  it("the tenant does not take the attacker's redirect URI for the application that it made", async () => {
    const victim = await signedInVictim();
    const url = new URL(await approve(browserUser(), attackUrl()));
    url.searchParams.set('redirect_uri', evil);
    const response = await victim.visit(url);
    expect([response.status, locationOf(response)]).toEqual([400, '']);
  });

  it.each(['form_post', 'fragment', 'web_message'])(
    'response_mode=%s at the tenant brings no code to anyone but our callback',
    async (mode) => {
      const victim = await signedInVictim();
      const url = new URL(await approve(browserUser(), attackUrl()));
      url.searchParams.set('response_mode', mode);
      const response = await victim.visit(url);
      expect(`${locationOf(response)} ${await response.text()}`).not.toContain('evil.example');
    },
  );
});

describe('a remembered consent', () => {
  it.each([
    ['more scopes', { scope: 'mcp:read mcp:write mcp:admin' }],
    ['another redirect URI of the same client', { redirect_uri: second }],
    ['prompt=consent', { prompt: 'consent' }],
  ])('is not stretched to %s', async (_, changes) => {
    const victim = await signedInVictim();
    const response = await victim.visit(honest.authorizationUrl(honestId, changes));
    expect([response.status, locationOf(response)]).toEqual([200, '']);
  });

  it('stolen and replayed in another browser opens no session of the victim', async () => {
    const { host } = new URL(stack().serverUrl);
    const stolen = (await signedInVictim()).cookies.get(host)?.get('consents') ?? '';
    const thief = browserUser();
    thief.cookies.set(host, new Map([['consents', stolen]]));
    const atTenant = locationOf(await thief.visit(honest.authorizationUrl(honestId)));
    const login = await thief.visit(new URL(locationOf(await thief.visit(atTenant)), atTenant));
    expect(await login.text()).toContain('name="password"');
  });

  it.each([
    [
      'from another purpose',
      async () => (await openConsent(browserUser(), attackUrl())).form.fields.get('request'),
    ],
    [
      'forged',
      async () => 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA',
    ],
    ['unsigned', async () => 'eyJhbGciOiJub25lIn0.eyJ2Ijp7ImFwcHJvdmFscyI6W119fQ.'],
  ])('%s is as good as none', async (_, made) => {
    const victim = browserUser();
    victim.cookies.set(new URL(stack().serverUrl).host, new Map([['consents', (await made()) ?? '']]));
    expect((await victim.visit(attackUrl())).status).toBe(200);
  });
});

describe('a consent of one user at a browser that another one uses too', () => {
  const otherUser = { email: 'other@example.com', password: 'other' };
  const consents = (browser: Awaited<ReturnType<typeof signedInVictim>>) =>
    browser.cookies.get(new URL(stack().serverUrl).host)?.get('consents');

  /** The page that another user of the browser gets after signing in, where the first one had approved the client. */
  async function otherUserArrives() {
    const browser = await signedInVictim();
    const before = consents(browser);
    browser.cookies.delete(new URL(stack().tenant.origin).host);
    const url = honest.authorizationUrl(honestId);
    const atTenant = locationOf(await browser.visit(url));
    const callback = await untilCallback(browser, atTenant, otherUser);
    const response = await browser.visit(callback);
    const page = await response.text();
    const form = readForm(page);
    if (!form) throw new Error(`no consent page: ${response.status} ${textOf(page)}`);
    const decide = (decision: string) => browser.submit(callback, form, ['decision', decision]);
    return { browser, response, page, form, decide, before, url };
  }

  it('is not the other user’s: they are asked, by name, and no code leaves before', async () => {
    const { browser, response, page, before } = await otherUserArrives();
    expect([response.status, locationOf(response)]).toEqual([200, '']);
    expect(textOf(page)).toContain('other@example.com');
    expect(consents(browser)).toBe(before);
  });

  it('their own approval gives the client a code for them, without a second sign-in, and is remembered', async () => {
    const { browser, decide, url } = await otherUserArrives();
    const asked = stack().tenant.requests.length;
    const answer = new URL(locationOf(await decide('approve')));
    expect(stack().tenant.requests.length).toBe(asked);
    const response = await honest.exchange(honestId, answer.searchParams.get('code') ?? '');
    const { access_token } = (await response.json()) as Tokens;
    const theirs = grantIn(stack(), access_token).subject;
    const { tokens } = await tenantTokens(stack(), { user: other });
    expect(theirs).toBe(subjectOf(tokens.access_token));
    // The browser now remembers both; whoever is signed in at the tenant passes without a page.
    expect((await browser.signIn(url)).searchParams.has('code')).toBe(true);
  });

  it('what they untick is not granted, though the tenant has granted it already', async () => {
    const { form, decide } = await otherUserArrives();
    form.fields.delete('scope:mcp:write');
    form.fields.delete('scope:offline_access');
    const answer = new URL(locationOf(await decide('approve')));
    const response = await honest.exchange(honestId, answer.searchParams.get('code') ?? '');
    const tokens = (await response.json()) as Tokens;
    expect([tokens.scope, tokens.refresh_token]).toEqual(['mcp:read', undefined]);
    expect(grantIn(stack(), tokens.access_token).upstream).toBeUndefined();
  });

  it('scopes added to the form are not granted', async () => {
    const { form, decide } = await otherUserArrives();
    form.fields.set('scope:mcp:admin', 'on');
    const answer = new URL(locationOf(await decide('approve')));
    const response = await honest.exchange(honestId, answer.searchParams.get('code') ?? '');
    expect(((await response.json()) as Tokens).scope).toBe('mcp:read mcp:write offline_access');
  });

  it('their denial is told to the client, and what the tenant granted is revoked there', async () => {
    const { decide } = await otherUserArrives();
    const revoked = () => stack().tenant.requests.filter(({ path }) => path === '/oauth/revoke').length;
    const before = revoked();
    const answer = new URL(locationOf(await decide('deny')));
    expect(answer.searchParams.get('error')).toBe('access_denied');
    await eventually(async () => expect(await revoked()).toBe(before + 1));
  });

  it('their form, which holds their sign-in, is no use in any other browser', async () => {
    const { form, url } = await otherUserArrives();
    const response = await browserUser().submit(url, form, ['decision', 'approve']);
    expect([response.status, locationOf(response)]).toEqual([400, '']);
    expect(response.headers.getSetCookie().join()).not.toContain('consents');
  });
});
