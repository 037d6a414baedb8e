import { beforeAll, describe, expect, it } from 'vitest';
import { browserUser, readForm, textOf } from '../support/browser-user.ts';
import { oauthClient, redirectUri } from '../support/oauth-client.ts';
import { useStack } from '../support/stack.ts';
import { sendRaw } from './raw-request.ts';
import { approve, locationOf, openConsent, untilCallback } from './steps.ts';

const preview = 'preview.example.com';
const stack = useStack({ env: { ALLOWED_ORIGINS: `https://${preview}` } });
let client: ReturnType<typeof oauthClient>;
let clientId: string;

beforeAll(async () => {
  client = oauthClient(stack().serverUrl);
  clientId = await client.register();
});

const authorize = (changes = {}) => client.authorizationUrl(clientId, { prompt: 'consent', ...changes });

describe('CSRF on consent', () => {
  it.each<[string, Record<string, string>]>([
    ['a page of another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['a sibling host', { origin: 'https://blog.example.com', 'sec-fetch-site': 'same-site' }],
    ['a sandboxed frame', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
    ['a browser that sends Origin alone', { origin: 'https://evil.example' }],
    ['a bookmark or typed address', { 'sec-fetch-site': 'none' }],
  ])("a form posted by %s is refused, with the victim's own cookies and form", async (_, headers) => {
    const victim = browserUser();
    const { form } = await openConsent(victim, authorize());
    form.fields.set('decision', 'approve');
    const response = await victim.visit(`${stack().serverUrl}/authorize`, {
      method: 'POST',
      headers,
      body: form.fields,
    });
    expect([response.status, locationOf(response)]).toEqual([403, '']);
  });

  it("the attacker's own form in a browser without those headers only shows the page", async () => {
    const { form } = await openConsent(browserUser(), authorize());
    form.fields.set('decision', 'approve');
    const victim = browserUser();
    await openConsent(victim, authorize());
    const response = await victim.visit(`${stack().serverUrl}/authorize`, {
      method: 'POST',
      body: form.fields,
    });
    expect([response.status, locationOf(response)]).toEqual([400, '']);
    expect(response.headers.getSetCookie().join()).not.toContain('sign-in');
  });

  it('GET with the fields of the form decides nothing', async () => {
    const victim = browserUser();
    const { form } = await openConsent(victim, authorize());
    form.fields.set('decision', 'approve');
    const response = await victim.visit(`${stack().serverUrl}/authorize?${form.fields}`);
    expect([response.status, locationOf(response)]).toEqual([400, '']);
  });

  it('a simple cross-site request cannot carry JSON either', async () => {
    const victim = browserUser();
    const { form } = await openConsent(victim, authorize());
    const response = await victim.visit(`${stack().serverUrl}/authorize`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: JSON.stringify({ request: form.fields.get('request'), decision: 'approve' }),
    });
    expect([response.status, locationOf(response)]).toEqual([415, '']);
  });
});

describe('clickjacking', () => {
  it.each([
    ['the consent page', () => authorize()],
    ['the front page', () => stack().serverUrl],
    ['a refusal to authorize', () => `${stack().serverUrl}/authorize`],
    ['a refused callback', () => `${stack().serverUrl}/callback?state=x&code=y`],
  ])('%s refuses to be framed, by both headers', async (_, url) => {
    const { headers } = await fetch(url(), { headers: { accept: 'text/html' } });
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('x-frame-options')).toBe('DENY');
  });

  it('the page shown again after a submission refuses it too', async () => {
    const browser = browserUser();
    const { form } = await openConsent(browser, authorize());
    form.fields.delete('scope:mcp:read');
    form.fields.delete('scope:mcp:write');
    const { headers } = await browser.submit(authorize(), form, ['decision', 'approve']);
    expect(headers.get('x-frame-options')).toBe('DENY');
  });
});

describe('state swap between browsers', () => {
  it('two sign-ins that exchange their answers both fail, and give nobody a code', async () => {
    const [first, second] = [browserUser(), browserUser()];
    const forFirst = await untilCallback(first, await approve(first, authorize()));
    const forSecond = await untilCallback(second, await approve(second, authorize()));
    for (const response of [await first.visit(forSecond), await second.visit(forFirst)])
      expect([response.status, locationOf(response)]).toEqual([400, '']);
    expect(locationOf(await first.visit(forFirst))).toContain('code=');
  });

  it("login CSRF: the attacker's answer of the tenant is refused in the victim's browser", async () => {
    const attacker = browserUser();
    const answer = await untilCallback(attacker, await approve(attacker, authorize()));
    const page = textOf(await (await browserUser().visit(answer)).text());
    expect(page).toContain('If someone sent you this link, close this page');
  });

  it("login CSRF: the attacker's code is worth nothing to the victim's client", async () => {
    const attacking = oauthClient(stack().serverUrl);
    const response = await client.exchange(clientId, await attacking.code(clientId));
    expect([response.status, await response.json()]).toMatchObject([400, { error: 'invalid_grant' }]);
  });

  it('a callback is believed once, however many times it is sent at the same moment', async () => {
    const browser = browserUser();
    const callback = await untilCallback(browser, await approve(browser, authorize()));
    const answers = await Promise.all(Array.from({ length: 5 }, () => browser.visit(callback)));
    expect(answers.filter((answer) => locationOf(answer).startsWith(redirectUri))).toHaveLength(1);
  });
});

describe('cookie tossing', () => {
  /** The consent page at an https origin, and what a browser sends back with its form. */
  async function atPreview() {
    const { pathname, search } = new URL(authorize());
    const page = await sendRaw(stack().serverUrl, [`GET ${pathname}${search} HTTP/1.1`, `Host: ${preview}`]);
    const form = readForm(page.body);
    if (!form) throw new Error(page.body);
    form.fields.set('decision', 'approve');
    const [cookie = ''] = page.headers.getSetCookie();
    const submit = (cookieHeader: string) =>
      sendRaw(
        stack().serverUrl,
        [
          'POST /authorize HTTP/1.1',
          `Host: ${preview}`,
          `Origin: https://${preview}`,
          'Content-Type: application/x-www-form-urlencoded',
          `Cookie: ${cookieHeader}`,
        ],
        form.fields.toString(),
      );
    return { cookie, submit, pair: cookie.split(';')[0] ?? '' };
  }

  it('cookies are host-only, Secure, HttpOnly and bear the prefix that siblings cannot set', async () => {
    const { cookie, submit, pair } = await atPreview();
    expect(cookie).toMatch(
      /^__Host-consent-form=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/,
    );
    const approved = await submit(pair);
    expect(approved.status).toBe(303);
    for (const line of approved.headers.getSetCookie()) expect(line).toMatch(/^__Host-.*; Secure$/);
  });

  it.each([
    [
      'without the prefix, as a sibling or plain http may set it',
      (pair: string) => pair.replace('__Host-', ''),
    ],
    ['with the prefix in other case', (pair: string) => pair.replace('__Host-', '__host-')],
    ['with a no-break space before the prefix', (pair: string) => `\xa0${pair}`],
    ['with a UTF-8 space before the prefix', (pair: string) => `\xe2\x80\x80${pair}`],
    ['as the value of a nameless cookie', (pair: string) => `=${pair}`],
    ['inside the value of another cookie', (pair: string) => `other="${pair}"`],
  ])('a cookie %s counts as none', async (_, toss) => {
    const { submit, pair } = await atPreview();
    const reply = await submit(toss(pair));
    expect([reply.status, reply.headers.get('location')]).toEqual([400, null]);
    expect(textOf(reply.body)).toContain('did not send our cookie');
  });
});
