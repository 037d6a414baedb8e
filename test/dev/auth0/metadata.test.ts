import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tenant } from '../../../dev/auth0/tenant.ts';
import { manage, newClient, newTenant, tokens } from './fixture.ts';

let tenant: Tenant;
beforeAll(async () => {
  tenant = await newTenant();
});
afterAll(() => tenant.close());

const get = async (path: string) => (await fetch(tenant.origin + path)).json();

describe('the discovery document', () => {
  it.each(['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'])(
    'at %s matches Auth0’s, including what it leaves out',
    async (path) => {
      const document = await get(path);
      expect(document).toMatchObject({
        issuer: `${tenant.origin}/`,
        authorization_endpoint: `${tenant.origin}/authorize`,
        token_endpoint: `${tenant.origin}/oauth/token`,
        jwks_uri: `${tenant.origin}/.well-known/jwks.json`,
        userinfo_endpoint: `${tenant.origin}/userinfo`,
        revocation_endpoint: `${tenant.origin}/oauth/revoke`,
        registration_endpoint: `${tenant.origin}/oidc/register`,
        code_challenge_methods_supported: ['S256', 'plain'],
      });
      expect(document.token_endpoint_auth_methods_supported).not.toContain('none');
      expect(document).not.toHaveProperty('grant_types_supported');
      expect(document).not.toHaveProperty('authorization_response_iss_parameter_supported');
    },
  );

  it('advertises iss once the tenant sends it, and registration even when it is off', async () => {
    const flags = { enable_dynamic_client_registration: false };
    await manage(tenant, 'PATCH', '/tenants/settings', { flags });
    tenant.switches.emitIss = true;
    const document = await get('/.well-known/openid-configuration');
    expect(document.authorization_response_iss_parameter_supported).toBe(true);
    expect(document.registration_endpoint).toBeTruthy();
    tenant.switches.emitIss = false;
  });
});

describe('the key set', () => {
  it('is shared by no two tenants that run at the same time, even after one was closed twice', async () => {
    const closed = await newTenant();
    await closed.close();
    await closed.close();
    const running = [tenant, await newTenant(), await newTenant()];
    const keySets = running.map(async ({ origin }) =>
      (await fetch(`${origin}/.well-known/jwks.json`)).text(),
    );
    expect(new Set(await Promise.all(keySets)).size).toBe(3);
    await Promise.all(running.slice(1).map((each) => each.close()));
  });

  it('has one public key, and after a rotation the previous one too', async () => {
    const clientId = await newClient(tenant);
    const before = String((await tokens(tenant, clientId)).access_token);
    const { keys } = await get('/.well-known/jwks.json');
    expect(keys).toEqual([
      { kty: 'RSA', use: 'sig', alg: 'RS256', e: 'AQAB', n: expect.any(String), kid: expect.any(String) },
    ]);

    await tenant.rotateKeys();
    const { refresh_token: _unused, ...after } = await tokens(tenant, clientId, { scope: 'openid mcp:read' });
    const jwks = createRemoteJWKSet(new URL('/.well-known/jwks.json', tenant.origin));
    for (const token of [before, String(after.access_token), String(after.id_token)]) {
      expect((await jwtVerify(token, jwks)).payload.iss).toBe(tenant.issuer);
    }
    const kids = [before, String(after.access_token)].map((token) => decodeProtectedHeader(token).kid);
    expect(new Set(kids).size).toBe(2);

    await tenant.rotateKeys();
    const fresh = createRemoteJWKSet(new URL('/.well-known/jwks.json', tenant.origin));
    await expect(jwtVerify(before, fresh)).rejects.toThrow('no applicable key');
    expect((await get('/.well-known/jwks.json')).keys).toHaveLength(2);
  });

  it('can rotate without ending refresh tokens', async () => {
    const clientId = await newClient(tenant);
    const { refresh_token } = await tokens(tenant, clientId);
    await tenant.rotateKeys();
    const response = await fetch(`${tenant.origin}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: clientId,
        refresh_token: String(refresh_token),
      }),
    });
    expect(response.status).toBe(200);
  });
});
