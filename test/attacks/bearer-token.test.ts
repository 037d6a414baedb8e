import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { exportJWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tenant } from '../../dev/auth0/tenant.ts';
import * as tenants from '../dev/auth0/fixture.ts';
import { accessToken, newApplication } from '../support/access-token.ts';
import { call, initialize, modern, poster } from '../support/mcp-request.ts';
import { useStack } from '../support/stack.ts';

const stack = useStack();
const otherApi = 'https://other-api.example.com';

/** The attacker's own key, and what every attempt claims: all that a good token would. */
const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
let foreign: Tenant;
let tenantKey: { kid: string; n: string; e: string; kty: 'RSA' };
let application: string;

beforeAll(async () => {
  foreign = await tenants.newTenant({ apiIdentifier: stack().serverUrl });
  const jwks = await (await fetch(`${stack().tenant.origin}/.well-known/jwks.json`)).json();
  tenantKey = (jwks as { keys: (typeof tenantKey)[] }).keys[0] ?? tenantKey;
  application = await newApplication(stack());
});
afterAll(() => foreign.close());

const claims = () => {
  const now = Math.floor(Date.now() / 1000);
  const { issuer } = stack().tenant;
  return {
    ...{ iss: issuer, sub: 'auth0|victim', aud: stack().serverUrl, azp: application },
    ...{ scope: 'mcp:read mcp:write mcp:admin', iat: now, exp: now + 3600 },
  };
};

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const signed = (header: Record<string, unknown>, key: KeyObject = own.privateKey) =>
  new SignJWT(claims()).setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', ...header }).sign(key);

/** A token with an HMAC over it, made with what everybody knows of the tenant. */
function hmac(alg: string, secret: string | Buffer): string {
  const input = `${encode({ alg, typ: 'JWT', kid: tenantKey.kid })}.${encode(claims())}`;
  return `${input}.${createHmac(`sha${alg.slice(2)}`, secret)
    .update(input)
    .digest('base64url')}`;
}

const publicKey = () => createPublicKey({ key: tenantKey, format: 'jwk' });

/** Refused as a token in both eras, whatever the method, and not as anything else. */
async function refused(token: string) {
  const post = poster(stack(), token);
  for (const answer of [await post(initialize()), await post(...modern('tools/call', { name: 'whoami' }))]) {
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
    expect(answer.text).not.toContain('result');
  }
}

describe('alg confusion', () => {
  it.each<[string, () => string | Promise<string>]>([
    ['none', () => `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims())}.`],
    ['None', () => `${encode({ alg: 'None', kid: tenantKey.kid })}.${encode(claims())}.AAAA`],
    [
      'HS256 with the public key as PEM',
      () => hmac('HS256', publicKey().export({ type: 'spki', format: 'pem' })),
    ],
    [
      'HS256 with the public key as DER',
      () => hmac('HS256', publicKey().export({ type: 'spki', format: 'der' })),
    ],
    ['HS256 with the modulus', () => hmac('HS256', Buffer.from(tenantKey.n, 'base64url'))],
    ['HS512 with the JWK', () => hmac('HS512', JSON.stringify(tenantKey))],
    ['HS256 with nothing', () => hmac('HS256', '')],
    ['RS256 with a key of one’s own and the tenant’s key id', () => signed({ kid: tenantKey.kid })],
    ['RS256 without a key id', () => signed({})],
    ['PS256', () => signed({ alg: 'PS256', kid: tenantKey.kid })],
    ['a key in the token: jwk', async () => signed({ jwk: await exportJWK(own.publicKey), kid: 'own' })],
    [
      'a key elsewhere: jku',
      () => signed({ jku: `${foreign.origin}/.well-known/jwks.json`, kid: tenantKey.kid }),
    ],
    ['a key elsewhere: x5u', () => signed({ x5u: `${foreign.origin}/key.pem`, kid: tenantKey.kid })],
    ['a certificate in the token: x5c', () => signed({ x5c: ['MIIB'], kid: tenantKey.kid })],
    ['a key id that is a path', () => signed({ kid: '../../../../dev/null' })],
    ['a key id that every object has', () => signed({ kid: '__proto__' })],
    [
      'a critical extension',
      () => `${encode({ alg: 'RS256', crit: ['b64'], b64: false })}.${encode(claims())}.AAAA`,
    ],
    [
      'the signature of another token',
      async () => {
        const [, , signature] = (await accessToken(stack(), { clientId: application })).split('.');
        return `${encode({ alg: 'RS256', typ: 'at+jwt', kid: tenantKey.kid })}.${encode(claims())}.${signature}`;
      },
    ],
  ])('%s', async (_, token) => {
    const asked = foreign.requests.length;
    await refused(await token());
    expect(foreign.requests.length).toBe(asked);
  });

  it('a flood of unknown key ids costs the tenant at most one fetch', async () => {
    const asked = () => stack().tenant.requests.filter(({ path }) => path.endsWith('jwks.json')).length;
    const before = asked();
    for (let index = 0; index < 20; index++) await refused(await signed({ kid: `forged-${index}` }));
    expect(asked() - before).toBeLessThanOrEqual(1);
  });
});

describe('token substitution', () => {
  async function fromTenant(params: Record<string, string | undefined>) {
    const { tenant, env } = stack();
    const visit = await tenants.signIn(tenant, application, { audience: env.SERVER_URL, ...params });
    return (await tenants.exchange(tenant, application, visit)).body as Record<string, string>;
  }

  const managementToken = async () => {
    const { AUTH0_CLIENT_ID: client_id = '', AUTH0_CLIENT_SECRET: client_secret = '' } = stack().env;
    return tenants.managementToken(stack().tenant, { client_id, client_secret });
  };

  it('an opaque token of another application of the tenant is refused', async () => {
    const { access_token = '' } = await fromTenant({ audience: undefined, scope: 'openid profile email' });
    expect(access_token.split('.')).not.toHaveLength(3);
    await refused(access_token);
  });

  it('an ID token is no access token', async () => {
    const { id_token = '', access_token = '' } = await fromTenant({ scope: 'openid profile mcp:read' });
    await refused(id_token);
    expect((await poster(stack(), access_token)(call('whoami'))).status).toBe(200);
  });

  it('a token for another API of the tenant is refused: foreign audience', async () => {
    const { tenant } = stack();
    const api = {
      identifier: otherApi,
      name: 'Other',
      scopes: [{ value: 'mcp:read', description: 'x' }],
      skip_consent_for_verifiable_first_party_clients: true,
    };
    await tenants.manage(tenant, 'POST', '/resource-servers', api, await managementToken());
    const { access_token = '' } = await fromTenant({ audience: otherApi, scope: 'openid mcp:read' });
    expect(access_token.split('.')).toHaveLength(3);
    await refused(access_token);
  });

  it("the Management API's token is no bearer here", async () => refused(await managementToken()));

  it("another tenant's token is refused, for our very API identifier", async () => {
    const clientId = await tenants.newClient(foreign);
    const { access_token } = await tenants.tokens(foreign, clientId, { audience: stack().serverUrl });
    await refused(String(access_token));
  });

  it.each([
    ['a code of the tenant', 'AbCdEf0123456789AbCdEf0123456789'],
    ['five parts', 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAAAAAAAAAAAAAA.AAAA.AAAA'],
    ['an endless one', `${'A'.repeat(4000)}.${'B'.repeat(4000)}.${'C'.repeat(4000)}`],
    ['one that names a prototype', '__proto__'],
  ])('%s is refused', async (_, token) => refused(token));
});

describe('a good token in the wrong place', () => {
  let token: string;
  beforeAll(async () => {
    token = await accessToken(stack(), { clientId: application });
  });

  const post = (path: string, headers: Record<string, string>) =>
    fetch(stack().serverUrl + path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers,
      },
      body: JSON.stringify(call('whoami')),
    });

  it.each<[string, () => Promise<Response>]>([
    ['the query', () => post(`/mcp?access_token=${token}`, {})],
    ['a cookie', () => post('/mcp', { cookie: `access_token=${token}; token=${token}` })],
    [
      'another header',
      () => post('/mcp', { 'x-access-token': token, 'x-forwarded-authorization': `Bearer ${token}` }),
    ],
    ['Basic', () => post('/mcp', { authorization: `Basic ${btoa(`token:${token}`)}` })],
    ['DPoP', () => post('/mcp', { authorization: `DPoP ${token}` })],
    ['a list', () => post('/mcp', { authorization: `Bearer ${token}, Bearer ${token}` })],
    ['a header without its scheme', () => post('/mcp', { authorization: token })],
  ])('%s counts as none', async (_, send) => {
    const response = await send();
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).not.toContain('error=');
  });
});
