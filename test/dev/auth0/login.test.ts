import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tenant } from '../../../dev/auth0/tenant.ts';
import { openBrowser } from './browser.ts';
import { authorizeUrl, demo, exchange, newClient, newTenant } from './fixture.ts';

let tenant: Tenant;
let clientId: string;
beforeAll(async () => {
  tenant = await newTenant();
  clientId = await newClient(tenant);
});
afterAll(() => tenant.close());

const openLogin = async (params: Record<string, string> = {}) => {
  const browser = openBrowser(tenant.origin);
  return { browser, page: await browser.open(authorizeUrl(tenant, clientId, params)) };
};

describe('the login page', () => {
  it('is one labeled form that works without script and cannot be framed', async () => {
    const { page } = await openLogin();
    expect(page.status).toBe(200);
    expect(page.url.pathname).toBe('/u/login');
    expect(page.html.match(/<form /g)).toHaveLength(1);
    expect(page.html).toMatch(
      /<label for="username">[\s\S]*<input id="username" name="username" type="email"/,
    );
    expect(page.html).toMatch(
      /<label for="password">[\s\S]*<input id="password" name="password" type="password"/,
    );
    expect(page.html).not.toContain('<script');
    const { headers } = await fetch(new URL('/u/login', tenant.origin));
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });

  it.each([
    ['a wrong password', { ...demo, password: 'wrong' }],
    ['an unknown address', { username: 'nobody@example.com', password: 'demo' }],
    ['nothing', {}],
    ['the password of a social user', { username: 'demo@gmail.example', password: '' }],
  ])('refuses %s with the same message, and the user can try again', async (_name, fields) => {
    const { browser, page } = await openLogin();
    const refused = await browser.submit(page, fields);
    expect(refused.status).toBe(400);
    expect(refused.html).toContain('Wrong email or password');
    const visit = await browser.submit(refused, demo);
    expect(visit.left?.searchParams.get('code')).toBeTruthy();
  });

  it('keeps the entered address, escaped', async () => {
    const { browser, page } = await openLogin();
    const refused = await browser.submit(page, { username: '"><script>', password: 'x' });
    expect(refused.html).not.toContain('<script>');
    expect((await openLogin({ login_hint: 'demo@example.com' })).page.html).toContain(
      'value="demo@example.com"',
    );
  });

  it('signs in the Google user with one button', async () => {
    const { browser, page } = await openLogin({ scope: 'openid' });
    const visit = await browser.submit(page, { connection: 'google-oauth2' });
    const { body } = await exchange(tenant, clientId, visit);
    expect(JSON.parse(atob(String(body.id_token).split('.')[1] ?? '')).sub).toMatch(/^google-oauth2\|/);
  });

  it('offers only the requested connection', async () => {
    const { browser, page } = await openLogin({ connection: 'Username-Password-Authentication' });
    expect(page.html).not.toContain('google-oauth2');
    expect((await browser.submit(page, { connection: 'google-oauth2' })).status).toBe(400);
  });

  it('can be open twice in one browser', async () => {
    const { browser, page } = await openLogin();
    await browser.open(authorizeUrl(tenant, clientId, { state: 'second tab' }));
    const visit = await browser.submit(page, demo);
    expect(visit.left?.searchParams.get('state')).toBe('client state');
  });

  it('cannot be finished in another browser', async () => {
    const { page } = await openLogin();
    const thief = await openBrowser(tenant.origin).submit(page, demo);
    expect([thief.status, thief.left]).toEqual([400, undefined]);
  });

  it.each(['', '?state=', '?state=made-up', '?state=a&state=b'])(
    'says that /u/login%s has expired',
    async (query) => {
      const response = await fetch(`${tenant.origin}/u/login${query}`);
      expect(response.status).toBe(400);
      expect(await response.text()).toContain('expired');
    },
  );
});
