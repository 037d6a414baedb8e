import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { exportJWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tenant } from '../../dev/auth0/tenant.ts';
import { type Grant, sealAccessToken } from '../../lib/access-token/grant.ts';
import { seal } from '../../lib/sealing.ts';
import * as tenants from '../dev/auth0/fixture.ts';
import { accessToken, grantIn, newApplication, tenantTokens } from '../support/access-token.ts';
import { configOf } from '../support/config.ts';
import { call, initialize, modern, poster } from '../support/mcp-request.ts';
import { oauthClient } from '../support/oauth-client.ts';
import { useStack } from '../support/stack.ts';

/** The tenant's machine client, which the operator allows here. */
const allowedApplication = 'LocalManagementApplication000000';
const stack = useStack({ env: { ALLOWED_APPLICATIONS: allowedApplication } });
const otherApi = 'https://other-api.example.com';

/** The attacker's own key, and what every attempt claims: all that a good token would. */
const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
let foreign: Tenant;
let tenantKey: { kid: string; n: string; e: string; kty: 'RSA' };
/** An application that this server made for a client, as before it issued tokens of its own. */
let application: string;
/** Who the attacker claims the token was issued to. */
let claimed = '';

beforeAll(async () => {
  foreign = await tenants.newTenant({ apiIdentifier: stack().serverUrl });
  const jwks = await (await fetch(`${stack().tenant.origin}/.well-known/jwks.json`)).json();
  tenantKey = (jwks as { keys: (typeof tenantKey)[] }).keys[0] ?? tenantKey;
  application = await oauthClient(stack().serverUrl).register();
  const made = stack()
    .tenant.applications()
    .find(({ client_id }) => client_id === application);
  made?.callbacks?.push(tenants.callback);
});
afterAll(() => foreign.close());

const claims = () => {
  const now = Math.floor(Date.now() / 1000);
  const { issuer } = stack().tenant;
  return {
    ...{ iss: issuer, sub: 'auth0|victim', aud: stack().serverUrl, azp: claimed },
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

describe.each<[string, () => string]>([
  ['an application that this server made', () => application],
  ['an application that the operator allows', () => allowedApplication],
])('alg confusion in the name of %s', (_, azp) => {
  beforeAll(() => {
    claimed = azp();
  });

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
        const { tokens } = await tenantTokens(stack(), { clientId: application });
        const [, , signature] = tokens.access_token.split('.');
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

  it('an opaque token of the tenant is refused, and the tenant is not asked', async () => {
    const { access_token = '' } = await fromTenant({ audience: undefined, scope: 'openid profile email' });
    expect(access_token.split('.')).not.toHaveLength(3);
    const asked = stack().tenant.requests.length;
    await refused(access_token);
    expect(stack().tenant.requests.length).toBe(asked);
  });

  it('a good token for this very API is refused if it was issued to another application of the tenant', async () => {
    const { tokens } = await tenantTokens(stack(), { scope: 'mcp:read mcp:write' });
    expect(tokens.access_token.split('.')).toHaveLength(3);
    await refused(tokens.access_token);
    const answer = await poster(stack(), tokens.access_token)(initialize());
    expect(answer.headers.get('www-authenticate')).toContain('is not allowed here');
  });

  it('so is one to an application that only says that this server made it, under another name', async () => {
    const imitation = await newApplication(stack());
    const stored = stack()
      .tenant.applications()
      .find(({ client_id }) => client_id === imitation);
    if (stored) Object.assign(stored, { name: 'Test client (MCP)', description: 'made_by mcp-auth0-vercel' });
    const { tokens } = await tenantTokens(stack(), { clientId: imitation });
    await refused(tokens.access_token);
  });

  it('a machine client that the operator allows is let in, with its own scopes alone', async () => {
    const { tenant, env } = stack();
    const grant = { client_id: allowedApplication, audience: env.SERVER_URL, scope: ['mcp:read'] };
    const policies = { user: { policy: 'allow_all' }, client: { policy: 'require_client_grant' } };
    const api = `/resource-servers/${encodeURIComponent(env.SERVER_URL ?? '')}`;
    const manage = async (method: string, path: string, body: object) =>
      (await tenants.manage(tenant, method, path, body, await managementToken())).status;
    expect(await manage('PATCH', api, { subject_type_authorization: policies })).toBe(200);
    expect(await manage('POST', '/client-grants', grant)).toBe(201);
    const { body } = await tenants.postForm(tenant, '/oauth/token', {
      ...{ grant_type: 'client_credentials', client_id: allowedApplication },
      ...{ client_secret: env.AUTH0_CLIENT_SECRET ?? '', audience: env.SERVER_URL ?? '' },
    });
    expect(body).toHaveProperty('access_token');
    const post = poster(stack(), String(body.access_token));
    const answer = await post(...modern('tools/call', { name: 'whoami', arguments: {} }));
    expect(answer.last.result?.structuredContent).toMatchObject({
      clientId: allowedApplication,
      scopes: ['mcp:read'],
    });
    const writing = modern('tools/call', { name: 'add_note', arguments: { title: 'x', text: 'x' } });
    expect((await post(...writing)).status).toBe(403);
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

describe('a token of ours, forged', () => {
  const flipped = (token: string, part: number, at: number) => {
    const parts = token.split('.');
    const bytes = Buffer.from(parts[part] ?? '', 'base64url');
    const index = at < 0 ? bytes.length + at : at;
    bytes[index] = (bytes[index] ?? 0) ^ 1;
    parts[part] = bytes.toString('base64url');
    return parts.join('.');
  };

  /** A grant in the server's own form, sealed with whatever the attacker has. */
  async function sealedWith(env: Record<string, string>, changes: Partial<Grant> = {}): Promise<string> {
    const good = await accessToken(stack());
    const grant = { ...grantIn(stack(), good), scopes: ['mcp:read', 'mcp:admin'], ...changes };
    return sealAccessToken(configOf({ ...stack().env, ...env }), grant, 3600);
  }

  it.each<[string, (token: string) => string | Promise<string>]>([
    ['with a bit of its header changed', (token) => flipped(token, 0, 0)],
    ['with a bit of its IV changed', (token) => flipped(token, 2, 0)],
    ['with the first bit of its content changed', (token) => flipped(token, 3, 0)],
    ['with the last bit of its content changed', (token) => flipped(token, 3, -1)],
    ['with a bit of its tag changed', (token) => flipped(token, 4, 3)],
    ['cut short', (token) => token.slice(0, -1)],
    ['without its tag', (token) => token.slice(0, token.lastIndexOf('.') + 1)],
    ['with a short tag, as GCM in itself would take', (token) => token.slice(0, token.lastIndexOf('.') + 6)],
    ['without its IV', (token) => token.replace(/\.\.[^.]+/, '..')],
    ['with something added', (token) => `${token}A`],
    ['twice', (token) => `${token}.${token}`],
    [
      'with the tag of another',
      async (token) => {
        const [, , , , tag] = (await accessToken(stack())).split('.');
        return token
          .split('.')
          .with(4, tag ?? '')
          .join('.');
      },
    ],
    [
      'under another header',
      (token) =>
        token
          .split('.')
          .with(0, encode({ alg: 'dir', enc: 'A256GCM', typ: 'JWT' }))
          .join('.'),
    ],
    [
      'as alg none',
      (token) =>
        token
          .split('.')
          .with(0, encode({ alg: 'none' }))
          .join('.'),
    ],
    [
      'as a JWT around its content',
      () => `${encode({ alg: 'none' })}.${encode({ v: { grant: claims() }, exp: 9e9 })}.`,
    ],
    ['sealed under another secret', () => sealedWith({ SEALING_SECRET: 'x'.repeat(32) })],
    ['sealed under an empty secret of the same length', () => sealedWith({ SEALING_SECRET: '0'.repeat(44) })],
    [
      'sealed under what the store’s token is',
      () => sealedWith({ SEALING_SECRET: (stack().env.UPSTASH_REDIS_REST_TOKEN ?? '').padEnd(32, 'x') }),
    ],
  ])('%s is refused, at no cost to store or tenant', async (_, forge) => {
    const forged = await forge(await accessToken(stack()));
    const asked = stack().tenant.requests.length;
    stack().store.resetCounts();
    await refused(forged);
    expect(stack().store.requests).toBe(0);
    expect(stack().tenant.requests.length).toBe(asked);
  });

  it.each<[string, () => Promise<string>]>([
    ['for another origin of this server', () => sealedWith({}, { origin: 'https://preview.example.com' })],
    [
      'for the same machine by its other name',
      () => sealedWith({}, { origin: stack().serverUrl.replace('localhost', '127.0.0.1') }),
    ],
    ['for another tenant', () => sealedWith({}, { realm: 'another0' })],
    ['of another API', () => sealedWith({ OAUTH_AUDIENCE: 'https://other.example.com' }, { realm: 'wrong' })],
    ['without a user', () => sealedWith({}, { subject: '' })],
    [
      'that has expired',
      async () => sealAccessToken(configOf(stack().env), grantIn(stack(), await accessToken(stack())), -1),
    ],
  ])('%s is refused even under the right secret, at no cost to store or tenant', async (_, made) => {
    const token = await made();
    const asked = stack().tenant.requests.length;
    stack().store.resetCounts();
    await refused(token);
    expect(stack().store.requests).toBe(0);
    expect(stack().tenant.requests.length).toBe(asked);
  });

  it.each(['code', 'refresh-token', 'state', 'consent-form', 'upstream-token'] as const)(
    'sealed for another purpose, %s, is refused',
    async (purpose) => {
      const grant = grantIn(stack(), await accessToken(stack()));
      const expiresAtSeconds = Math.floor(Date.now() / 1000) + 3600;
      await refused(seal(configOf(stack().env), purpose, { grant, expiresAtSeconds }, 3600));
    },
  );

  it('under the right secret opens, or none of the above would prove anything', async () => {
    const token = await sealedWith({});
    const answer = await poster(stack(), token)(...modern('tools/call', { name: 'whoami', arguments: {} }));
    expect(answer.last.result?.structuredContent).toMatchObject({ scopes: ['mcp:read', 'mcp:admin'] });
  });
});

describe('a token of ours, stolen', () => {
  it('says nothing of its user at the tenant, and opens nothing there', async () => {
    const { access_token, refresh_token = '' } = await signedIn();
    const { tenant } = stack();
    for (const token of [access_token, refresh_token]) {
      const headers = { authorization: `Bearer ${token}` };
      for (const path of ['/userinfo', '/api/v2/clients'])
        expect((await fetch(tenant.origin + path, { headers })).status).toBe(401);
      const body = new URLSearchParams({
        ...{ grant_type: 'refresh_token', client_id: application, refresh_token: token },
      });
      expect((await fetch(`${tenant.origin}/oauth/token`, { method: 'POST', body })).ok).toBe(false);
    }
    for (const part of access_token.split('.'))
      expect(Buffer.from(part, 'base64url').toString('latin1')).not.toMatch(/demo|auth0\||mcp:|localhost/);
  });

  it('does not become another token: the refresh token is not in it, nor the access token in that', async () => {
    const { access_token, refresh_token = '' } = await signedIn();
    const client = oauthClient(stack().serverUrl);
    for (const token of [access_token, ...access_token.split('.')])
      expect((await client.refresh(application, token)).status).toBe(400);
    await refused(refresh_token);
  });

  const signedIn = () => oauthClient(stack().serverUrl).tokens(application);
});

describe('a good token in the wrong place', () => {
  let token: string;
  beforeAll(async () => {
    token = await accessToken(stack());
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
