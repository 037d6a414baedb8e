import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { browserUser, readForm, textOf } from '../support/browser-user.ts';
import { oauthClient, redirectUri } from '../support/oauth-client.ts';
import { useStack } from '../support/stack.ts';

const stack = useStack();
let client: ReturnType<typeof oauthClient>;
let clientId: string;

beforeAll(async () => {
  client = oauthClient(stack().serverUrl);
  clientId = await client.register();
});

afterEach(() => {
  stack().tenant.switches.faults = {};
});

/** A browser that has approved and signed in, up to the tenant's answer, which it has not followed yet. */
async function untilCallback(asking = client) {
  const browser = browserUser();
  const url = asking.authorizationUrl(clientId, { prompt: 'consent' });
  const consent = readForm(await (await browser.visit(url)).text());
  if (!consent) throw new Error('no consent page');
  let location = (await browser.submit(url, consent, ['decision', 'approve'])).headers.get('location') ?? '';
  for (;;) {
    if (location.startsWith(`${stack().serverUrl}/callback`)) return { browser, callback: new URL(location) };
    const response = await browser.visit(location);
    const next = response.headers.get('location');
    if (next) {
      location = new URL(next, location).href;
      continue;
    }
    const form = readForm(await response.text());
    form?.fields.set('username', 'demo@example.com');
    form?.fields.set('password', 'demo');
    const sent = form && (await browser.submit(location, form));
    location = new URL(sent?.headers.get('location') ?? '', location).href;
  }
}

const opaque = 'opaque-access-token-of-the-tenant';

const answerOf = (response: Response) => new URL(response.headers.get('location') ?? 'none:');

async function expectPage(response: Response, words: string) {
  expect(response.status).toBe(400);
  expect(response.headers.get('location')).toBeNull();
  const page = await response.text();
  expect(textOf(page)).toContain(words);
  expect(textOf(page)).toContain('connect again');
}

describe('the callback', () => {
  it("hands a code of ours to the client, with its state and our iss, and nothing of the tenant's", async () => {
    const { browser, callback } = await untilCallback();
    const answer = answerOf(await browser.visit(callback));
    expect(answer.origin + answer.pathname).toBe(redirectUri);
    expect([...answer.searchParams.keys()].sort()).toEqual(['code', 'iss', 'state']);
    expect(answer.searchParams.get('iss')).toBe(stack().serverUrl);
    expect(answer.searchParams.get('state')).toBe('the-state-of-the-client');
    expect(answer.searchParams.get('code')).not.toContain(callback.searchParams.get('code'));
  });

  it('refuses a second use', async () => {
    const { browser, callback } = await untilCallback();
    await browser.visit(callback);
    await expectPage(await browser.visit(callback), 'already finished');
  });

  it('refuses a sign-in that was approved in another browser', async () => {
    const attacker = await untilCallback();
    await expectPage(await browserUser().visit(attacker.callback), 'another browser');
    const victim = await untilCallback();
    await expectPage(await victim.browser.visit(attacker.callback), 'another browser');
    expect(answerOf(await victim.browser.visit(victim.callback)).searchParams.get('code')).toBeTruthy();
  });

  it("gives whoever injects another user's code into a callback of theirs an error and no code", async () => {
    const victim = await untilCallback();
    const attacker = await untilCallback(oauthClient(stack().serverUrl));
    attacker.callback.searchParams.set('code', victim.callback.searchParams.get('code') ?? '');
    const answer = answerOf(await attacker.browser.visit(attacker.callback));
    expect(Object.fromEntries(answer.searchParams)).toMatchObject({ error: 'access_denied' });
    expect(answer.searchParams.get('code')).toBeNull();
  });

  it('gives tokens to whoever holds the verifier of the client, and nobody else', async () => {
    const { browser, callback } = await untilCallback();
    const code = answerOf(await browser.visit(callback)).searchParams.get('code') ?? '';
    const wrong = await client.exchange(clientId, code, { code_verifier: oauthClient('').verifier });
    expect([wrong.status, await wrong.json()]).toMatchObject([400, { error: 'invalid_grant' }]);
    expect((await client.exchange(clientId, code)).status).toBe(200);
  });

  it.each([
    ['without a state', (query: URLSearchParams) => query.delete('state')],
    ['with a forged state', (query: URLSearchParams) => query.set('state', 'eyJhbGciOiJkaXIifQ..a.b.c')],
    [
      'with a state of which one character differs',
      (query: URLSearchParams) => {
        const state = query.get('state') ?? '';
        const at = state.length - 30;
        query.set('state', state.slice(0, at) + (state[at] === 'A' ? 'B' : 'A') + state.slice(at + 1));
      },
    ],
    ['from another issuer', (query: URLSearchParams) => query.set('iss', 'https://other.auth0.com/')],
  ])('refuses an answer %s', async (_name, change) => {
    const { browser, callback } = await untilCallback();
    change(callback.searchParams);
    await expectPage(await browser.visit(callback), 'cannot continue');
  });

  it('refuses a code of ours as a state', async () => {
    const { browser, callback } = await untilCallback();
    const code = answerOf(await browser.visit(callback)).searchParams.get('code') ?? '';
    callback.searchParams.set('state', code);
    await expectPage(await browser.visit(callback), 'cannot continue');
  });

  it("takes the tenant's own iss, which some tenants send", async () => {
    const { browser, callback } = await untilCallback();
    callback.searchParams.set('iss', stack().tenant.issuer);
    expect(answerOf(await browser.visit(callback)).searchParams.get('iss')).toBe(stack().serverUrl);
  });

  it.each([
    ['access_denied', 'Please verify your email.', 'access_denied'],
    ['login_required', 'Login required', 'login_required'],
    ['access_denied', 'Service not found: https://x.example', 'server_error'],
  ])("hands the tenant's %s (%s) to the client as %s", async (error, description, expected) => {
    const { browser, callback } = await untilCallback();
    callback.searchParams.delete('code');
    callback.searchParams.set('error', error);
    callback.searchParams.set('error_description', description);
    const answer = answerOf(await browser.visit(callback));
    expect(Object.fromEntries(answer.searchParams)).toMatchObject({
      error: expected,
      state: 'the-state-of-the-client',
      iss: stack().serverUrl,
    });
  });

  it('tells the client when the tenant sends neither code nor error', async () => {
    const { browser, callback } = await untilCallback();
    callback.searchParams.delete('code');
    expect(answerOf(await browser.visit(callback)).searchParams.get('error')).toBe('server_error');
  });

  it.each<[string, object, string]>([
    ['is down', { status: 503 }, 'temporarily_unavailable'],
    ['cuts the connection', { reset: true }, 'temporarily_unavailable'],
    ['answers with a page', { status: 200, body: '<html>' }, 'temporarily_unavailable'],
    [
      'has too many requests',
      { status: 429, headers: { 'retry-after': '7' }, body: { error: 'too_many_requests' } },
      'temporarily_unavailable',
    ],
    [
      'no longer knows the application',
      { status: 401, body: { error: 'access_denied' } },
      'unauthorized_client',
    ],
    ['turns the user away', { status: 403, body: { error: 'access_denied' } }, 'access_denied'],
    ['no longer knows the code', { status: 403, body: { error: 'invalid_grant' } }, 'access_denied'],
    ['does not allow the grant', { status: 403, body: { error: 'unauthorized_client' } }, 'server_error'],
  ])(
    'when the tenant %s at the redemption of its code, the client is told the truth',
    async (_, fault, error) => {
      const { browser, callback } = await untilCallback();
      stack().tenant.switches.faults = { 'POST /oauth/token': fault };
      const answer = answerOf(await browser.visit(callback));
      expect(answer.origin + answer.pathname).toBe(redirectUri);
      expect(Object.fromEntries(answer.searchParams)).toEqual({
        error,
        error_description: expect.stringMatching(/^[ !#-[\]-~]+$/),
        state: 'the-state-of-the-client',
        iss: stack().serverUrl,
      });
    },
  );

  it.each<[string, Record<string, unknown>, string]>([
    [
      'whose scopes are none of ours',
      { access_token: opaque, expires_in: 60, scope: 'openid profile' },
      'invalid_scope',
    ],
    ['that is a forged JWT', { access_token: 'a.b.c', expires_in: 60 }, 'server_error'],
    ['that /userinfo does not know', { access_token: 'unknown', expires_in: 60 }, 'server_error'],
    ['without an expiry', { access_token: opaque }, 'temporarily_unavailable'],
    ['that is empty', { access_token: '', expires_in: 60 }, 'temporarily_unavailable'],
  ])('gives the client no code for a token of the tenant %s', async (_, body, error) => {
    const { browser, callback } = await untilCallback();
    stack().tenant.switches.faults = {
      'POST /oauth/token': { status: 200, body: { token_type: 'Bearer', ...body } },
      ...(body.access_token === opaque && {
        'GET /userinfo': { status: 200, body: { sub: 'auth0|somebody' } },
      }),
    };
    const answer = answerOf(await browser.visit(callback));
    expect(answer.searchParams.get('error')).toBe(error);
    expect(answer.searchParams.get('code')).toBeNull();
  });

  it('cannot be read by scripts of other origins', async () => {
    const response = await fetch(`${stack().serverUrl}/callback?state=x`, {
      headers: { origin: 'https://evil.example' },
    });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('without the store', () => {
  it('a sign-in still goes through', async () => {
    const { browser, callback } = await untilCallback();
    stack().store.faults.outage = 'unavailable';
    try {
      const code = answerOf(await browser.visit(callback)).searchParams.get('code') ?? '';
      expect((await client.exchange(clientId, code)).status).toBe(200);
    } finally {
      stack().store.faults.outage = 'none';
    }
  });
});
