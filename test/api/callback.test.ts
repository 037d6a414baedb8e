import { beforeAll, describe, expect, it } from 'vitest';
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

  it("gives whoever injects another user's code into a callback of theirs nothing that can be redeemed", async () => {
    const attacking = oauthClient(stack().serverUrl);
    const victim = await untilCallback();
    const attacker = await untilCallback(attacking);
    attacker.callback.searchParams.set('code', victim.callback.searchParams.get('code') ?? '');
    const code = answerOf(await attacker.browser.visit(attacker.callback)).searchParams.get('code') ?? '';
    const response = await attacking.exchange(clientId, code);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: 'invalid_grant' });
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
