import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyTenantJwt } from '../../../lib/access-token/tenant-jwt.ts';
import { TenantError } from '../../../lib/auth0/errors.ts';
import type { OAuthConfig } from '../../../lib/config.ts';

const issuer = 'https://acme.auth0.com/';
const audience = 'https://mcp.example.com';
const now = () => Math.floor(Date.now() / 1000);

type Keys = Awaited<ReturnType<typeof generateKeyPair>>;

/** A tenant's key endpoint, which can rotate its keys and be down. */
async function keyEndpoint() {
  const keys: { kid: string; pair: Keys }[] = [];
  let fetched = 0;
  let down = false;
  const server = createServer(async (_, response) => {
    fetched += 1;
    if (down) return void response.writeHead(503).end();
    const jwks = await Promise.all(
      keys.map(async ({ kid, pair }) => ({
        ...(await exportJWK(pair.publicKey)),
        kid,
        alg: 'RS256',
        use: 'sig',
      })),
    );
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: jwks }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/.well-known/jwks.json`,
    fetched: () => fetched,
    setDown: (value: boolean) => {
      down = value;
    },
    rotate: async (kid: string) => {
      keys.unshift({ kid, pair: await generateKeyPair('RS256') });
    },
    key: (kid: string) => {
      const found = keys.find((each) => each.kid === kid);
      if (!found) throw new Error(`no key ${kid}`);
      return found.pair;
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

let endpoint: Awaited<ReturnType<typeof keyEndpoint>>;
let oauth: OAuthConfig;

beforeAll(async () => {
  endpoint = await keyEndpoint();
  await endpoint.rotate('first');
  oauth = {
    tenant: 'https://acme.auth0.com',
    issuer,
    jwksUri: endpoint.uri,
    managementAudience: 'https://acme.auth0.com/api/v2/',
    clientId: 'management',
    clientSecret: 'secret',
    apiClient: undefined,
    connectedAccounts: [],
    connections: [],
    audiences: [audience, 'urn:second'],
    allowedApplications: [],
    identityProviders: [],
    maxClients: 10,
    pruneIdleDays: 30,
    allowedRedirectHosts: undefined,
    localDocuments: false,
  };
});
afterAll(() => endpoint.close());

const claims: JWTPayload = {
  iss: issuer,
  sub: 'auth0|alice',
  aud: [audience, `${issuer}userinfo`],
  azp: 'client-a',
  scope: 'openid mcp:read',
  iat: now(),
  exp: now() + 600,
};

function token(
  changes: JWTPayload = {},
  header: Record<string, unknown> = {},
  kid = 'first',
): Promise<string> {
  return new SignJWT({ ...claims, ...changes })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid, ...header })
    .sign(endpoint.key(kid).privateKey);
}

describe('a JWT access token', () => {
  it('names the user, the application, what it may do and for how long, and nothing else', async () => {
    const jwt = await token({ email: 'alice@example.com', name: 'Alice' });
    expect(await verifyTenantJwt(jwt, oauth)).toEqual({
      value: {
        subject: 'auth0|alice',
        application: 'client-a',
        scopes: ['openid', 'mcp:read'],
        permissions: undefined,
        issuedAtSeconds: claims.iat,
        expiresAtSeconds: claims.exp,
      },
    });
  });

  it.each<[string, JWTPayload, Record<string, unknown>]>([
    ['in the RFC 9068 dialect', { azp: undefined, client_id: 'client-a', jti: 'x' }, { typ: 'at+jwt' }],
    ['for the second accepted audience', { aud: 'urn:second' }, {}],
    ['that expired within the tolerated clock difference', { exp: now() - 5 }, {}],
  ])('%s is accepted', async (_, changes, header) => {
    expect(await verifyTenantJwt(await token(changes, header), oauth)).toHaveProperty('value');
  });

  it('grants no permission that is not among its scopes', async () => {
    const verified = await verifyTenantJwt(await token({ permissions: ['mcp:admin'] }), oauth);
    expect(verified).toHaveProperty('value.scopes', ['openid', 'mcp:read']);
  });

  it.each<[string, JWTPayload, Record<string, unknown>]>([
    ['has expired', { exp: now() - 60 }, {}],
    ['never expires', { exp: undefined }, {}],
    ['is not valid yet', { nbf: now() + 600 }, {}],
    ['is for another audience', { aud: 'https://other.example' }, {}],
    ['is for no audience', { aud: undefined }, {}],
    ['is for the Management API', { aud: 'https://acme.auth0.com/api/v2/' }, {}],
    ['is from another tenant', { iss: 'https://evil.auth0.com/' }, {}],
    ['is from the issuer without its slash', { iss: 'https://acme.auth0.com' }, {}],
    ['names no user', { sub: undefined }, {}],
    ['names no client', { azp: undefined }, {}],
    ['is an ID token by its nonce', { nonce: 'n' }, {}],
    ['is an ID token by its hash', { at_hash: 'h' }, {}],
    ['is a logout token', { events: {} }, {}],
    ['is of another type', {}, { typ: 'logout+jwt' }],
    ['names a key that is not there', {}, { kid: 'unknown' }],
  ])('that %s is refused', async (_, changes, header) => {
    expect(await verifyTenantJwt(await token(changes, header), oauth)).toHaveProperty('failure');
  });

  it('signed with the public key as an HMAC secret is refused', async () => {
    const jwk = await exportJWK(endpoint.key('first').publicKey);
    const forged = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid: 'first' })
      .sign(new TextEncoder().encode(JSON.stringify(jwk)));
    expect(await verifyTenantJwt(forged, oauth)).toHaveProperty('failure');
  });

  it('without a signature is refused', async () => {
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    expect(await verifyTenantJwt(`${encode({ alg: 'none' })}.${encode(claims)}.`, oauth)).toHaveProperty(
      'failure',
    );
  });

  it('signed by a key of its own, sent along in the header, is refused', async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS256');
    const forged = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: 'first', jwk: await exportJWK(publicKey) })
      .sign(privateKey);
    expect(await verifyTenantJwt(forged, oauth)).toHaveProperty('failure');
  });

  it('with one character of its payload changed is refused', async () => {
    const [header = '', payload = '', signature = ''] = (await token()).split('.');
    const changed = Buffer.from(payload, 'base64url').toString().replace('alice', 'admin');
    const forged = `${header}.${Buffer.from(changed).toString('base64url')}.${signature}`;
    expect(await verifyTenantJwt(forged, oauth)).toHaveProperty('failure');
  });

  it.each(['..', 'a.b.c', '\u0000.\u0000.\u0000'])('%j is refused', async (text) => {
    expect(await verifyTenantJwt(text, oauth)).toHaveProperty('failure');
  });

  it('that names unknown keys over and over costs the tenant one fetch', async () => {
    const flooded = { ...oauth, jwksUri: `${endpoint.uri}?flooded` };
    await verifyTenantJwt(await token(), flooded);
    const before = endpoint.fetched();
    for (let i = 0; i < 5; i += 1) await verifyTenantJwt(await token({}, { kid: `forged-${i}` }), flooded);
    expect(endpoint.fetched()).toBe(before + 1);
  });

  it('costs no network call once the keys are known', async () => {
    const before = endpoint.fetched();
    for (let i = 0; i < 5; i += 1) await verifyTenantJwt(await token(), oauth);
    expect(endpoint.fetched()).toBe(before);
  });

  it('still verifies while the tenant is down', async () => {
    endpoint.setDown(true);
    expect(await verifyTenantJwt(await token(), oauth)).toHaveProperty('value');
    endpoint.setDown(false);
  });

  it('cannot be judged, rather than being refused, while the keys were never fetched', async () => {
    const unreachable = { ...oauth, jwksUri: endpoint.uri.replace('/.well-known', '/down') };
    endpoint.setDown(true);
    const error = await verifyTenantJwt(await token(), unreachable).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(TenantError);
    expect(error).toMatchObject({ kind: 'unavailable', code: 'temporarily_unavailable', status: 503 });
    endpoint.setDown(false);
  });

  it('signed with a key that the tenant rotated in verifies at once', async () => {
    const rotating = { ...oauth, jwksUri: `${endpoint.uri}?rotating` };
    expect(await verifyTenantJwt(await token(), rotating)).toHaveProperty('value');
    await endpoint.rotate('second');
    expect(await verifyTenantJwt(await token({}, {}, 'second'), rotating)).toHaveProperty('value');
  });
});
