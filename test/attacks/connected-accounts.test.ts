import { fileURLToPath } from 'node:url';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { userHash } from '../../lib/access-token/principal.ts';
import { endGrant } from '../../lib/access-token/standing.ts';
import { keepAccountToken } from '../../lib/connections/accounts/token.ts';
import { newSession, startSession } from '../../lib/connections/session.ts';
import { accountLinkKey } from '../../lib/store/keys.ts';
import { accessToken, grantIn, newApplication, other } from '../support/access-token.ts';
import {
  connectAccount,
  decideAtProvider,
  follow,
  linkIn,
  openAccountLink,
  press,
  type Seen,
} from '../support/account-user.ts';
import { browserUser, demoUser, readForm, type User } from '../support/browser-user.ts';
import { configOf } from '../support/config.ts';
import { modern, poster, textOf } from '../support/mcp-request.ts';
import { useStack } from '../support/stack.ts';
import { storeCommand, storedKeys } from '../support/store-command.ts';
import { sendRaw } from './raw-request.ts';
import { locationOf } from './steps.ts';

const preview = 'https://preview.example.com';
const stack = useStack({
  root: fileURLToPath(new URL('../mcp-server', import.meta.url)),
  accounts: true,
  instances: 2,
  env: { ALLOWED_ORIGINS: preview },
});
const mallory: User = { email: 'other@example.com', password: 'other' };

type Browser = ReturnType<typeof browserUser>;

let clientId: string;
beforeAll(async () => {
  clientId = await newApplication(stack());
});
beforeEach(() => {
  (stack().tenant.connectedAccounts() as unknown[]).length = 0;
});

const connection = (options: Parameters<typeof accessToken>[1] = {}) =>
  accessToken(stack(), { clientId, scope: 'mcp:read offline_access', ...options });

const useAccount = async (bearer: string) =>
  textOf(await poster(stack(), bearer)(...modern('tools/call', { name: 'use_account', arguments: {} })));

const linkOf = async (bearer: string) => linkIn(await useAccount(bearer));

const attached = () => stack().tenant.connectedAccounts().length;

/** From the link to the provider’s page. */
async function atProvider(browser: Browser, link: string, user: User = demoUser): Promise<Seen> {
  const asked = await openAccountLink(browser, link, user);
  return press(browser, asked, ['decision', 'connect']);
}

/** From the provider’s page to the answer that the tenant sends to our callback, which nobody has followed yet. */
async function answerOf(browser: Browser, link: string, user: User = demoUser): Promise<URL> {
  const provider = await atProvider(browser, link, user);
  const form = readForm(provider.page);
  if (!form) throw new Error(provider.text);
  let response = await browser.submit(provider.url, form, ['decision', 'allow']);
  let url = provider.url;
  for (;;) {
    url = new URL(locationOf(response), url);
    if (url.pathname === '/callback') return url;
    response = await browser.visit(url);
  }
}

describe('a link that somebody else opens', () => {
  it('attaches nothing to anybody, and does not say what it is for', async () => {
    const link = await linkOf(await connection());
    const seen = await openAccountLink(browserUser(), link, mallory);
    expect(seen.status).toBe(403);
    expect(seen.text).toContain('This link is for another user');
    for (const secret of ['Google', 'calendar', demoUser.email, 'Test client'])
      expect(seen.page).not.toContain(secret);
    expect(readForm(seen.page)?.fields.has('form')).toBe(false);
    // It still works for its user.
    expect((await connectAccount(link)).text).toContain('Google is connected');
  });

  it('made by an attacker, does not attach the victim’s account to the attacker', async () => {
    const link = await linkOf(await connection({ user: other }));
    const victim = browserUser();
    const seen = await openAccountLink(victim, link, demoUser);
    expect([seen.status, attached()]).toEqual([403, 0]);
  });

  it('is not followed with the form of its user, or with a form for another link', async () => {
    const [link, second] = [await linkOf(await connection()), await linkOf(await connection())];
    const theirs = browserUser();
    const asked = await openAccountLink(theirs, link);
    const form = readForm(asked.page);
    if (!form) throw new Error('no form');

    const attacker = browserUser();
    await openAccountLink(attacker, await linkOf(await connection({ user: other })), mallory);
    const refused = await attacker.submit(asked.url, form, ['decision', 'connect']);
    expect(refused.status).toBe(403);

    // What the form is about is sealed in it: the address does not change it.
    await theirs.submit(second, form, ['decision', 'cancel']);
    expect((await openAccountLink(browserUser(), second)).text).toContain('Connect your Google account?');
    expect((await openAccountLink(browserUser(), link)).status).toBe(404);
    expect(attached()).toBe(0);
  });

  it('is not enough without a click on our own page', async () => {
    const browser = browserUser();
    const asked = await openAccountLink(browser, await linkOf(await connection()));
    const form = readForm(asked.page);
    const send = (headers: Record<string, string>) =>
      browser.visit(asked.url, {
        method: 'POST',
        headers,
        body: new URLSearchParams([...(form?.fields ?? []), ['decision', 'connect']]),
      });
    expect((await send({ origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await send({ origin: new URL(asked.url).origin, 'sec-fetch-site': 'same-site' })).status).toBe(
      403,
    );
    const opened = stack().tenant.requests.filter(({ path }) => path.endsWith('/connect')).length;
    expect((await follow(browser, asked.url)).text).toContain('Connect your Google account?');
    expect(stack().tenant.requests.filter(({ path }) => path.endsWith('/connect')).length).toBe(opened);
  });
});

describe('a link that is over', () => {
  it('works once, also for clicks at the same moment', async () => {
    const link = await linkOf(await connection());
    const browser = browserUser();
    const asked = await openAccountLink(browser, link);
    const form = readForm(asked.page);
    if (!form) throw new Error('no form');
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => browser.submit(asked.url, form, ['decision', 'connect'])),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 404, 404, 404, 404]);
    expect((await follow(browser, link)).text).toContain('This link no longer works');
  });

  it('is over with the connection of the app, before the click and after it', async () => {
    const token = await connection();
    const browser = browserUser();
    const early = await linkOf(token);
    const answer = await answerOf(browser, await linkOf(token));
    await endGrant(configOf(stack().env), grantIn(stack(), token).id);
    expect((await openAccountLink(browserUser(), early)).status).toBe(404);
    expect((await follow(browser, answer)).text).toContain('The account was not connected');
    expect(attached()).toBe(0);
  });

  it('ends after ten minutes', async () => {
    const link = await linkOf(await connection());
    const id = new URL(link).searchParams.get('link') ?? '';
    const seconds = Number(await storeCommand(stack(), ['TTL', accountLinkKey(id)]));
    expect(seconds).toBeGreaterThan(590);
    expect(seconds).toBeLessThanOrEqual(600);
    await storeCommand(stack(), ['DEL', accountLinkKey(id)]);
    expect((await openAccountLink(browserUser(), link)).status).toBe(404);
  });

  it('belongs to the address of this server where the app is connected', async () => {
    const token = await connection();
    const link = new URL(await linkOf(token));
    const config = configOf(stack().env);
    const at = async (origin: string) => {
      const context = { config, origin, url: link, requestId: 'test' };
      const session = newSession(context, { subject: grantIn(stack(), token).subject, name: 'Demo' });
      await keepAccountToken(config, session, { token: 'my account', expiresInSeconds: 60 });
      return sendRaw(stack().serverUrl, [
        `GET ${link.pathname}${link.search} HTTP/1.1`,
        `Host: ${new URL(origin).host}`,
        `Cookie: ${startSession(context, session).split(';')[0]}`,
      ]);
    };
    expect((await at(preview)).status).toBe(404);
    expect((await at(stack().serverUrl)).body).toContain('Connect your Google account?');
  });

  it.each(['', 'x', 'a'.repeat(32), '../../etc/passwd', '%00', 'a'.repeat(5000)])(
    '%j is none',
    async (id) => {
      const url = `${stack().serverUrl}/connections/accounts?link=${id}`;
      const seen = await openAccountLink(browserUser(), url);
      expect([404, 414, 431]).toContain(seen.status);
    },
  );
});

describe('the way back from the provider', () => {
  it('works in the browser where it began, and once', async () => {
    const browser = browserUser();
    const answer = await answerOf(browser, await linkOf(await connection()));
    const elsewhere = await follow(browserUser(), answer);
    expect([elsewhere.status, elsewhere.text]).toEqual([400, expect.stringContaining('not connected')]);
    expect(attached()).toBe(0);
    expect((await follow(browser, answer)).text).toContain('Google is connected');
    const again = await follow(browser, answer);
    expect([again.status, again.text]).toEqual([400, expect.stringContaining('not connected')]);
    expect(attached()).toBe(1);
  });

  it('needs the sign-in in which it began: another user of the same browser gets nothing', async () => {
    const browser = browserUser();
    const answer = await answerOf(browser, await linkOf(await connection()));
    for (const [, jar] of browser.cookies) jar.delete('connections');
    await browser.visit(`${stack().tenant.origin}/v2/logout`);
    for (const jar of browser.cookies.values()) jar.delete('auth0');
    await openAccountLink(browser, await linkOf(await connection({ user: other })), mallory);
    expect((await follow(browser, answer)).text).toContain('not connected');
    expect(attached()).toBe(0);
  });

  it('does not take the code of another attempt, be it the attacker’s or the user’s own', async () => {
    const attacker = browserUser();
    const theirs = await answerOf(attacker, await linkOf(await connection({ user: other })), mallory);
    const victim = browserUser();
    const own = await answerOf(victim, await linkOf(await connection()));
    const mixed = new URL(own);
    mixed.searchParams.set('connect_code', theirs.searchParams.get('connect_code') ?? '');
    const seen = await follow(victim, mixed);
    expect([seen.status, seen.text]).toEqual([400, expect.stringContaining('was not connected')]);
    expect(attached()).toBe(0);
    // The state of the attacker's attempt leads nowhere in the victim's browser.
    expect((await follow(victim, theirs)).text).toContain('not connected');
    expect(attached()).toBe(0);
  });

  it.each<[string, (state: string) => string]>([
    ['changed', (state) => state.replace(/.(?=.{10}$)/, (letter) => (letter === 'A' ? 'B' : 'A'))],
    ['missing', () => ''],
    ['made up', () => 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAA.BBBB.CCCC'],
  ])('refuses a state that is %s', async (_, change) => {
    const browser = browserUser();
    const answer = await answerOf(browser, await linkOf(await connection()));
    answer.searchParams.set('state', change(answer.searchParams.get('state') ?? ''));
    const seen = await follow(browser, answer);
    expect(seen.status).toBe(400);
    expect(attached()).toBe(0);
  });

  it('takes no state of a sign-in, and a sign-in none of this', async () => {
    const browser = browserUser();
    const link = await linkOf(await connection());
    const start = await follow(browser, link);
    const form = readForm(start.page);
    if (!form) throw new Error('no form');
    const atTenant = new URL(locationOf(await browser.submit(start.url, form, ['sign-in', 'any'])));
    const callback = new URL('/callback', stack().serverUrl);
    callback.searchParams.set('state', atTenant.searchParams.get('state') ?? '');
    callback.searchParams.set('connect_code', 'code');
    const seen = await follow(browser, callback);
    expect(seen.text).not.toContain('is connected');

    const signedIn = browserUser();
    const answer = await answerOf(signedIn, await linkOf(await connection()));
    answer.searchParams.delete('connect_code');
    answer.searchParams.set('code', 'code');
    expect((await follow(signedIn, answer)).text).toContain('Google is not connected');
    expect(attached()).toBe(0);
  });

  it('says that nothing was connected if the user or the provider says no', async () => {
    const browser = browserUser();
    const provider = await atProvider(browser, await linkOf(await connection()));
    const seen = await decideAtProvider(browser, provider, { decision: 'deny' });
    expect(seen.text).toContain('Google is not connected');
    expect(attached()).toBe(0);
  });

  it('shows nothing of the provider’s words', async () => {
    const browser = browserUser();
    const answer = await answerOf(browser, await linkOf(await connection()));
    answer.searchParams.delete('connect_code');
    answer.searchParams.set('error', '<script>alert(1)</script>');
    answer.searchParams.set('error_description', 'Call +1 555 0100 now');
    const seen = await follow(browser, answer);
    expect(seen.page).not.toMatch(/alert\(1\)|555 0100/);
  });

  it('survives a tenant that is down at the end, with nothing attached', async () => {
    const browser = browserUser();
    const answer = await answerOf(browser, await linkOf(await connection()));
    stack().tenant.switches.faults = { '/me/v1/connected-accounts/complete': { status: 503 } };
    const seen = await follow(browser, answer);
    stack().tenant.switches.faults = {};
    expect([seen.status, attached()]).toEqual([503, 0]);
  });
});

describe('tokens', () => {
  it('the provider’s is no use here, and neither ours nor the tenant’s at the My Account API', async () => {
    const token = await connection();
    await connectAccount(await linkOf(token));
    const provider = stack().tenant.connectedAccounts()[0]?.tokens.accessToken ?? '';
    expect((await poster(stack(), provider)(...modern('tools/list'))).status).toBe(401);
    for (const bearer of [token, provider, 'x']) {
      const response = await fetch(`${stack().tenant.origin}/me/v1/connected-accounts/accounts`, {
        headers: { authorization: `Bearer ${bearer}` },
      });
      expect(response.status).toBe(401);
    }
  });

  it('one that is kept for another user, or another app, is not believed in one’s own place', async () => {
    const theirs = await connection({ user: other });
    await connectAccount(await linkOf(theirs), { user: mallory });
    await useAccount(theirs);
    await stack().functions.idle();
    const mine = await connection();
    const [from, to] = [theirs, mine].map((each) => `grant-tokens:${grantIn(stack(), each).id}`);
    const [field = '', value = ''] = (await storeCommand(stack(), ['HGETALL', from ?? ''])) as string[];
    await storeCommand(stack(), ['HSET', to ?? '', field, value]);
    const [source, target] = [theirs, mine].map((each) => {
      const { subject } = grantIn(stack(), each);
      return `accounts:${userHash({ issuer: configOf(stack().env).oauth.issuer, subject })}`;
    });
    const generation = String(await storeCommand(stack(), ['GET', source ?? '']));
    await storeCommand(stack(), ['SET', target ?? '', generation]);
    expect(await useAccount(mine)).toContain('must connect an account');
  });

  it('a link copied in the store under another name is not believed', async () => {
    const link = await linkOf(await connection());
    const id = new URL(link).searchParams.get('link') ?? '';
    const forged = 'b'.repeat(32);
    const record = String(await storeCommand(stack(), ['GET', accountLinkKey(id)]));
    await storeCommand(stack(), ['SET', accountLinkKey(forged), record]);
    const url = new URL(link);
    url.searchParams.set('link', forged);
    expect((await openAccountLink(browserUser(), url.href)).status).toBe(404);
  });

  it('links, codes and tokens are in no log line and in no key of the store', async () => {
    const token = await connection();
    const link = await linkOf(token);
    const id = new URL(link).searchParams.get('link') ?? '';
    const browser = browserUser();
    const answer = await answerOf(browser, link);
    await follow(browser, answer);
    await stack().functions.idle();
    const seen = JSON.stringify([
      stack().lines.filter((line) => typeof line === 'string'),
      await storedKeys(stack(), '*'),
    ]);
    const session = browser.cookies.get(new URL(stack().serverUrl).host)?.get('connections') ?? '';
    for (const secret of [id, answer.searchParams.get('connect_code') ?? '', session, token])
      expect(seen.includes(secret)).toBe(false);
  });
});
