import * as oauth from 'oauth4webapi';
import { beforeAll, describe, expect, it } from 'vitest';
import { browserUser } from '../support/browser-user.ts';
import { call, poster } from '../support/mcp-request.ts';
import { oauthClient, redirectUri } from '../support/oauth-client.ts';
import { useStack } from '../support/stack.ts';
import { approve, linkOf, locationOf, openConsent, untilCallback } from './steps.ts';

const loopback = 'http://localhost:8080/callback';
const stack = useStack();
let victim: ReturnType<typeof oauthClient>;
let attacker: ReturnType<typeof oauthClient>;
let victimId: string;
let attackerId: string;
let loopbackId: string;

beforeAll(async () => {
  victim = oauthClient(stack().serverUrl);
  attacker = oauthClient(stack().serverUrl);
  victimId = await victim.register();
  attackerId = await attacker.register({ client_name: 'Evil', redirect_uris: ['https://evil.example/cb'] });
  loopbackId = await victim.register({ redirect_uris: [loopback] });
});

const tokenRequests = () => stack().tenant.requests.filter(({ path }) => path === '/oauth/token').length;

async function refused(response: Response, error = 'invalid_grant') {
  expect([response.status, ((await response.json()) as { error: string }).error]).toEqual([400, error]);
}

describe('authorization code injection', () => {
  it("a stolen code is refused to the thief's client, and to the thief in the victim's client's name", async () => {
    const stolen = await victim.code(victimId);
    const before = tokenRequests();
    await refused(await attacker.exchange(attackerId, stolen));
    await refused(await attacker.exchange(attackerId, stolen, { redirect_uri: 'https://evil.example/cb' }));
    await refused(await attacker.exchange(victimId, stolen));
    await refused(await attacker.exchange(victimId, stolen, { code_verifier: undefined }), 'invalid_request');
    await refused(await attacker.exchange(victimId, stolen, { code_verifier: victim.challenge }));
    expect(tokenRequests()).toBe(before);
    expect((await victim.exchange(victimId, stolen)).status).toBe(200);
  });

  it("the tenant's code of a victim, put into the attacker's own answer, brings an error and no code", async () => {
    const [browser, own] = [browserUser(), browserUser()];
    const stolen = await untilCallback(browser, await approve(browser, victim.authorizationUrl(victimId)));
    const url = attacker.authorizationUrl(attackerId, { redirect_uri: 'https://evil.example/cb' });
    const injected = await untilCallback(own, await approve(own, url));
    injected.searchParams.set('code', stolen.searchParams.get('code') ?? '');
    const answer = new URL(locationOf(await own.visit(injected)));
    expect(answer.searchParams.get('error')).toBe('access_denied');
    expect(answer.searchParams.has('code')).toBe(false);
    // Nor is the victim's code good for our token endpoint, or the victim's sign-in spoilt.
    await refused(await victim.exchange(victimId, stolen.searchParams.get('code') ?? ''));
  });

  it("the tenant's code and our verifier towards it are no use to anyone who has one of them", async () => {
    const browser = browserUser();
    const atTenant = await approve(browser, victim.authorizationUrl(victimId));
    const callback = await untilCallback(browser, atTenant);
    const form = {
      grant_type: 'authorization_code',
      client_id: new URL(atTenant).searchParams.get('client_id') ?? '',
      code: callback.searchParams.get('code') ?? '',
      redirect_uri: `${stack().serverUrl}/callback`,
    };
    for (const code_verifier of [victim.verifier, attacker.verifier, '']) {
      const body = new URLSearchParams({ ...form, ...(code_verifier && { code_verifier }) });
      const response = await fetch(`${stack().tenant.origin}/oauth/token`, { method: 'POST', body });
      expect(response.ok).toBe(false);
    }
  });

  it('a code is refused for another redirect URI, be it only another loopback port', async () => {
    const code = await victim.code(loopbackId, {}, { redirect_uri: 'http://localhost:4444/callback' });
    for (const redirect_uri of [
      loopback,
      'http://localhost/callback',
      'http://127.0.0.1:4444/callback',
      redirectUri,
    ])
      await refused(await victim.exchange(loopbackId, code, { redirect_uri }));
    const right = { redirect_uri: 'http://localhost:4444/callback' };
    expect((await victim.exchange(loopbackId, code, right)).status).toBe(200);
  });

  it('a code is refused at another origin of this server, and is still good at its own', async () => {
    const other = stack().env.ALLOWED_ORIGINS ?? '';
    const code = await victim.code(victimId);
    const fields = {
      grant_type: 'authorization_code',
      client_id: victimId,
      code,
      redirect_uri: redirectUri,
      code_verifier: victim.verifier,
    };
    const body = new URLSearchParams(fields);
    await refused(await fetch(`${other}/oauth/token`, { method: 'POST', body }));
    expect((await victim.exchange(victimId, code)).status).toBe(200);
  });

  it('a code replayed ten times at once gives tokens once', async () => {
    const code = await victim.code(victimId);
    const answers = await Promise.all(Array.from({ length: 10 }, () => victim.exchange(victimId, code)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('one kind of sealed value never passes for another', async () => {
    const browser = browserUser();
    const url = victim.authorizationUrl(victimId, { prompt: 'consent' });
    const { form } = await openConsent(browser, url);
    const consentForm = form.fields.get('request') ?? '';
    const state = new URL(await approve(browser, url)).searchParams.get('state') ?? '';
    const code = await victim.code(victimId);
    const { refresh_token: refreshToken = '', access_token: accessToken } = await victim.tokens(victimId);
    for (const sealed of [consentForm, state, refreshToken, accessToken])
      await refused(await victim.exchange(victimId, sealed));
    for (const sealed of [consentForm, state, code, accessToken])
      await refused(await victim.refresh(victimId, sealed));
    for (const sealed of [consentForm, state, code, refreshToken])
      expect((await poster(stack(), sealed)(call('whoami'))).status).toBe(401);
    for (const sealed of [consentForm, code, refreshToken, accessToken]) {
      const response = await browser.visit(`${stack().serverUrl}/callback?code=x&state=${sealed}`);
      expect([response.status, locationOf(response)]).toEqual([400, '']);
    }
    for (const sealed of [state, code, refreshToken, accessToken]) {
      form.fields.set('request', sealed);
      expect((await browser.submit(url, form, ['decision', 'approve'])).status).toBe(400);
    }
  });
});

describe('PKCE downgrade', () => {
  it.each([
    ['no challenge', { code_challenge: undefined, code_challenge_method: undefined }],
    ['the method left to its default, plain', { code_challenge_method: undefined }],
    ['plain', { code_challenge_method: 'plain' }],
    ['the method in other case', { code_challenge_method: 's256' }],
  ])('%s is refused before the user is asked', async (_, changes) => {
    const response = await browserUser().visit(victim.authorizationUrl(victimId, changes));
    expect((await linkOf(response)).searchParams.get('error')).toBe('invalid_request');
  });

  it.each([
    ['no verifier', undefined, 'invalid_request'],
    ['an empty verifier', ' ', 'invalid_grant'],
    ['the challenge itself, as plain would have it', () => victim.challenge, 'invalid_grant'],
    ['a verifier of another pair', () => attacker.verifier, 'invalid_grant'],
  ] as const)('%s redeems no code', async (_, verifier, error) => {
    const code = await victim.code(victimId);
    const code_verifier = typeof verifier === 'function' ? verifier() : verifier;
    await refused(await victim.exchange(victimId, code, { code_verifier }), error);
    expect((await victim.exchange(victimId, code)).status).toBe(200);
  });
});

describe('mix-up', () => {
  const honest = (): oauth.AuthorizationServer => ({
    issuer: stack().serverUrl,
    authorization_response_iss_parameter_supported: true,
  });
  const foreign: oauth.AuthorizationServer = {
    issuer: 'https://evil.example',
    authorization_response_iss_parameter_supported: true,
  };
  const client = (): oauth.Client => ({ client_id: victimId });
  const state = 'the-state-of-the-client';

  it.each([
    ['a code', () => browserUser().signIn(victim.authorizationUrl(victimId))],
    ['a denial', () => browserUser().signIn(victim.authorizationUrl(victimId), { decision: 'deny' })],
    [
      'an error',
      async () => linkOf(await browserUser().visit(victim.authorizationUrl(victimId, { prompt: 'none' }))),
    ],
  ])(
    '%s of ours carries our iss, so that a client refuses it in the name of another server',
    async (_, answer) => {
      const url = await answer();
      expect(url.searchParams.getAll('iss')).toEqual([stack().serverUrl]);
      expect(() => oauth.validateAuthResponse(foreign, client(), url, state)).toThrow(/iss/);
      url.searchParams.set('iss', foreign.issuer);
      expect(() => oauth.validateAuthResponse(honest(), client(), url, state)).toThrow(/iss/);
      url.searchParams.delete('iss');
      expect(() => oauth.validateAuthResponse(honest(), client(), url, state)).toThrow(/iss/);
    },
  );

  it('an answer in the name of another identity provider is refused at our callback', async () => {
    const browser = browserUser();
    const callback = await untilCallback(browser, await approve(browser, victim.authorizationUrl(victimId)));
    for (const iss of ['https://evil.auth0.com/', stack().tenant.origin, stack().serverUrl]) {
      callback.searchParams.set('iss', iss);
      expect((await browser.visit(callback)).status).toBe(400);
    }
  });
});

describe('parameter pollution', () => {
  it.each([
    ['client_id', () => attackerId],
    ['redirect_uri', () => 'https://evil.example/cb'],
    ['state', () => 'other'],
  ])('a second %s at the authorization endpoint is a page, not a redirect', async (name, value) => {
    for (const url of [
      `${victim.authorizationUrl(victimId)}&${name}=${encodeURIComponent(value())}`,
      victim.authorizationUrl(victimId).replace('?', `?${name}=${encodeURIComponent(value())}&`),
    ]) {
      const response = await browserUser().visit(url);
      expect([response.status, locationOf(response)]).toEqual([400, '']);
    }
  });

  it.each(['code_challenge', 'scope', 'resource', 'response_type', 'prompt'])(
    'a second %s is refused to the client',
    async (name) => {
      const response = await browserUser().visit(
        `${victim.authorizationUrl(victimId)}&prompt=login&${name}=other`,
      );
      expect((await linkOf(response)).searchParams.get('error')).toBe('invalid_request');
    },
  );

  it.each(['client_id', 'code', 'redirect_uri', 'code_verifier', 'grant_type', 'resource'])(
    'a second %s at the token endpoint is refused',
    async (name) => {
      const body = new URLSearchParams({ grant_type: 'authorization_code', client_id: victimId, code: 'x' });
      for (const value of ['one', 'two', 'three']) body.append(name, value);
      await refused(
        await fetch(`${stack().serverUrl}/oauth/token`, { method: 'POST', body }),
        'invalid_request',
      );
    },
  );

  it('what stands in the query of a token request is not read', async () => {
    const code = await victim.code(victimId);
    const query = new URLSearchParams({
      client_id: victimId,
      code_verifier: victim.verifier,
      code,
      redirect_uri: redirectUri,
    });
    const response = await victim.post(`/oauth/token?${query}`, { grant_type: 'authorization_code' });
    expect(response.status).toBe(401);
  });
});
