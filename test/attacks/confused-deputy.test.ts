import { beforeAll, describe, expect, it } from 'vitest';
import { browserUser, textOf } from '../support/browser-user.ts';
import { oauthClient } from '../support/oauth-client.ts';
import { useStack } from '../support/stack.ts';
import { approve, locationOf, openConsent, untilCallback } from './steps.ts';

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

  it('prompt=none gets the attacker consent_required, not a code', async () => {
    const answer = new URL(locationOf(await (await signedInVictim()).visit(attackUrl({ prompt: 'none' }))));
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
