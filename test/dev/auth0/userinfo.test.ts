import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tenant } from '../../../dev/auth0/tenant.ts';
import { newClient, newTenant, tokens } from './fixture.ts';

let tenant: Tenant;
let clientId: string;
beforeAll(async () => {
  tenant = await newTenant();
  clientId = await newClient(tenant);
});
afterAll(() => tenant.close());

const userinfo = (token?: unknown) =>
  fetch(`${tenant.origin}/userinfo`, token ? { headers: { authorization: `Bearer ${token}` } } : {});

describe('/userinfo', () => {
  it.each([
    ['a JWT with openid', { scope: 'openid profile email' }],
    ['an opaque token', { scope: 'openid profile email', audience: undefined }],
  ])('answers %s', async (_name, params) => {
    const response = await userinfo((await tokens(tenant, clientId, params)).access_token);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      sub: expect.stringMatching(/^auth0\|[0-9a-f]{24}$/),
      name: 'Demo User',
      email: 'demo@example.com',
      email_verified: true,
    });
  });

  it('returns only what the scopes allow', async () => {
    const { access_token } = await tokens(tenant, clientId, { scope: 'openid', audience: undefined });
    expect(Object.keys(await (await userinfo(access_token)).json())).toEqual(['sub']);
  });

  it('refuses a request without a token', async () => {
    const response = await userinfo();
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer realm="Users"',
    ]);
  });

  it.each([
    ['garbage', async () => 'garbage'],
    ['a JWT without openid', async () => (await tokens(tenant, clientId)).access_token],
    ['an ID token', async () => (await tokens(tenant, clientId, { scope: 'openid' })).id_token],
    [
      'a JWT with a broken signature',
      async () =>
        `${String((await tokens(tenant, clientId, { scope: 'openid' })).access_token).slice(0, -8)}AAAAAAAA`,
    ],
    [
      'an expired opaque token',
      async () => {
        tenant.switches.clockSkewSeconds = -100_000;
        const { access_token } = await tokens(tenant, clientId, { audience: undefined });
        tenant.switches.clockSkewSeconds = 0;
        return access_token;
      },
    ],
  ])('refuses %s, in plain text', async (_name, token) => {
    const response = await userinfo(await token());
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(
      /^Bearer realm="Users", error="invalid_token", error_description="/,
    );
    expect(response.headers.get('content-type')).toContain('text/plain');
  });

  it('is limited to a burst of ten for each user when switched on', async () => {
    const { access_token } = await tokens(tenant, clientId, { audience: undefined, scope: 'openid' });
    tenant.switches.userinfoRateLimit = true;
    const answers = await Promise.all(Array.from({ length: 12 }, () => userinfo(access_token)));
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(2);
    tenant.switches.userinfoRateLimit = false;
  });
});
