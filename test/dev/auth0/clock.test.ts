import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { defaultSwitches } from '../../../dev/auth0/switches.ts';
import type { Tenant } from '../../../dev/auth0/tenant.ts';
import { openBrowser } from './browser.ts';
import { authorizeUrl, exchange, manage, newClient, newTenant, signIn, tokens } from './fixture.ts';

const day = 86400;
let tenant: Tenant;
let clientId: string;
beforeAll(async () => {
  tenant = await newTenant();
  clientId = await newClient(tenant);
});
afterEach(() => {
  Object.assign(tenant.switches, structuredClone(defaultSwitches));
});
afterAll(() => tenant.close());

const userinfo = async (token: unknown) => {
  const headers = { authorization: `Bearer ${token}` };
  return (await fetch(`${tenant.origin}/userinfo`, { headers })).status;
};

describe('time that passes for the tenant', () => {
  it('dates access tokens and ID tokens', async () => {
    tenant.advance(30 * day);
    const now = Date.now() / 1000 + 30 * day;
    const { access_token, id_token } = await tokens(tenant, clientId, { scope: 'openid mcp:read' });
    for (const [token, lifetime] of [
      [access_token, day],
      [id_token, 36000],
    ] as const) {
      const { iat = 0, exp = 0 } = decodeJwt(String(token));
      expect(Math.abs(iat - now)).toBeLessThan(10);
      // oidc-provider reads the clock twice for an ID token.
      const late = token === id_token ? 1 : 0;
      expect(exp - iat).toBeGreaterThanOrEqual(lifetime);
      expect(exp - iat).toBeLessThanOrEqual(lifetime + late);
    }
  });

  it('ends access tokens', async () => {
    const { access_token } = await tokens(tenant, clientId, { scope: 'openid' });
    tenant.advance(day - 60);
    expect(await userinfo(access_token)).toBe(200);
    tenant.advance(61);
    expect(await userinfo(access_token)).toBe(401);
  });

  it('ends codes', async () => {
    const visit = await signIn(tenant, clientId);
    tenant.advance(61);
    expect((await exchange(tenant, clientId, visit)).body.error).toBe('invalid_grant');
  });

  it('ends sessions', async () => {
    const browser = openBrowser(tenant.origin);
    await signIn(tenant, clientId, {}, browser);
    tenant.advance(6 * day);
    const signedIn = await browser.open(authorizeUrl(tenant, clientId, { prompt: 'none' }));
    expect(signedIn.left?.searchParams.get('code')).toBeTruthy();
    tenant.advance(7 * day + 1);
    const signedOut = await browser.open(authorizeUrl(tenant, clientId, { prompt: 'none' }));
    expect(signedOut.left?.searchParams.get('error')).toBe('login_required');
  });

  it('counts for max_age', async () => {
    const browser = openBrowser(tenant.origin);
    await signIn(tenant, clientId, {}, browser);
    tenant.advance(100);
    const recent = { scope: 'openid', max_age: '200', prompt: 'none' };
    const fresh = await browser.open(authorizeUrl(tenant, clientId, recent));
    expect(fresh.left?.searchParams.get('code')).toBeTruthy();
    tenant.advance(101);
    const stale = await browser.open(authorizeUrl(tenant, clientId, recent));
    expect(stale.left?.searchParams.get('error')).toBe('login_required');
  });

  it('does not interrupt a sign-in in progress', async () => {
    const browser = openBrowser(tenant.origin);
    const page = await browser.open(authorizeUrl(tenant, clientId));
    tenant.advance(600);
    const visit = await browser.submit(page, { username: 'demo@example.com', password: 'demo' });
    expect((await exchange(tenant, clientId, visit)).status).toBe(200);
  });

  it('can also go back: a sign-in still works', async () => {
    tenant.advance(-200_000);
    const { id_token } = await tokens(tenant, clientId, { scope: 'openid' });
    expect(decodeJwt(String(id_token)).iat).toBeLessThan(Date.now() / 1000 - 190_000);
    tenant.advance(200_000);
    expect((await manage(tenant, 'GET', '/clients')).status).toBe(200);
  });
});

describe('lifetimes', () => {
  it('of an API’s access tokens are its token_lifetime, unless a switch overrides it', async () => {
    const path = `/resource-servers/${encodeURIComponent('https://mcp.example/mcp')}`;
    await manage(tenant, 'PATCH', path, { token_lifetime: 3 });
    const short = await tokens(tenant, clientId);
    expect(short.expires_in).toBe(3);
    const { iat = 0, exp = 0 } = decodeJwt(String(short.access_token));
    expect(exp - iat).toBe(3);
    tenant.switches.accessTokenLifetimeSeconds = 2;
    expect((await tokens(tenant, clientId)).expires_in).toBe(2);
  });

  it('can be set when the tenant starts', async () => {
    const brief = await newTenant({ switches: { accessTokenLifetimeSeconds: 7 } });
    expect((await tokens(brief, await newClient(brief))).expires_in).toBe(7);
    await brief.close();
  });
});
