import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tenant } from '../../../dev/auth0/tenant.ts';
import { api, callback, exchange, newClient, newTenant, signIn } from './fixture.ts';

let tenant: Tenant;
beforeAll(async () => {
  tenant = await newTenant();
});
afterAll(() => tenant.close());

describe('signing in', () => {
  it('yields a JWT for the audience, signed by the published key', async () => {
    const clientId = await newClient(tenant);
    const visit = await signIn(tenant, clientId);
    expect(visit.left?.origin + (visit.left?.pathname ?? '')).toBe(callback);
    expect(Object.fromEntries(visit.left?.searchParams ?? [])).toEqual({
      code: expect.any(String),
      state: 'client state',
    });

    const { status, headers, body } = await exchange(tenant, clientId, visit);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual({
      access_token: expect.any(String),
      refresh_token: expect.any(String),
      scope: 'mcp:read offline_access',
      expires_in: 86400,
      token_type: 'Bearer',
    });
    const jwks = createRemoteJWKSet(new URL('/.well-known/jwks.json', tenant.origin));
    const token = String(body.access_token);
    const { payload } = await jwtVerify(token, jwks, { issuer: tenant.issuer, audience: api });
    expect(payload).toMatchObject({ sub: expect.stringMatching(/^auth0\|/), client_id: clientId });
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'RS256', typ: 'at+jwt' });
  });
});
