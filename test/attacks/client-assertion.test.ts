import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DocumentSite, startDocumentSite } from '../support/document-site.ts';
import { certificate } from '../support/localhost-certificate.ts';
import { oauthClient, redirectUri } from '../support/oauth-client.ts';
import { useStack } from '../support/stack.ts';

const folder = mkdtempSync(join(tmpdir(), 'attacks-'));
const trusted = join(folder, 'localhost.pem');
writeFileSync(trusted, certificate);

const stack = useStack({
  instances: 2,
  env: { ALLOWED_LOCAL_DOCUMENTS: 'true', NODE_EXTRA_CA_CERTS: trusted },
});

/** Order of the group of P-256, by which a signature has a second form. */
const p256Order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');

type Key = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];

let site: DocumentSite;
let clientId: string;
let key: Key;

beforeAll(async () => {
  site = await startDocumentSite();
  const pair = await generateKeyPair('ES256');
  key = pair.privateKey;
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'first' };
  clientId = publish('/signing.json', { jwks: { keys: [jwk] } });
  publish('/other.json', { jwks: { keys: [jwk] } });
  site.pages.set('/keys.json', { body: { keys: [jwk] } });
  publish('/by-uri.json', { jwks_uri: `https://localhost:${site.port}/keys.json` });
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await site.close();
});

/** Publishes the document of a client that authenticates with `private_key_jwt`; its URL. */
function publish(path: string, change: Record<string, unknown>): string {
  const id = `https://localhost:${site.port}${path}`;
  const fields = { client_id: id, client_name: 'Signing client', redirect_uris: [redirectUri] };
  site.pages.set(path, { body: { ...fields, token_endpoint_auth_method: 'private_key_jwt', ...change } });
  return id;
}

const nowSeconds = () => Math.floor(Date.now() / 1000);

/** An assertion as a correct client makes it, except for what is changed; `undefined` takes a claim away. */
function assertionOf(id: string, changes: JWTPayload = {}, by: Key = key, header = {}): Promise<string> {
  const claims = {
    iss: id,
    sub: id,
    aud: stack().serverUrl,
    iat: nowSeconds(),
    exp: nowSeconds() + 60,
    jti: randomUUID(),
    ...changes,
  };
  return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'first', ...header }).sign(by);
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** What the token endpoint says to a refresh with this assertion: `invalid_grant` if it believes the client. */
async function answerTo(assertion: string | undefined, id = clientId): Promise<string> {
  const response = await oauthClient(stack().serverUrl).refresh(id, 'no such token', {
    client_assertion_type: assertion && assertionType,
    client_assertion: assertion,
  });
  return `${response.status} ${((await response.json()) as { error: string }).error}`;
}

const believed = '400 invalid_grant';
const refused = '401 invalid_client';

describe('a client whose document names keys', () => {
  it('signs in and refreshes with assertions', async () => {
    const client = oauthClient(stack().serverUrl);
    const proof = async () => ({
      client_assertion_type: assertionType,
      client_assertion: await assertionOf(clientId, { aud: `${stack().serverUrl}/oauth/token` }),
    });
    const response = await client.exchange(clientId, await client.code(clientId), await proof());
    expect(response.status).toBe(200);
    const { refresh_token } = (await response.json()) as { refresh_token: string };
    expect((await client.refresh(clientId, refresh_token, await proof())).status).toBe(200);
  });

  it('is believed by keys at a URL as well', async () => {
    const id = `https://localhost:${site.port}/by-uri.json`;
    expect(await answerTo(await assertionOf(id), id)).toBe(believed);
  });

  it('is not believed without an assertion, so a stolen code is of no use', async () => {
    const client = oauthClient(stack().serverUrl);
    const response = await client.exchange(clientId, await client.code(clientId));
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ error: 'invalid_client' });
  });

  it('is not believed by a secret', async () => {
    const response = await oauthClient(stack().serverUrl).refresh(clientId, 'x', { client_secret: 'x' });
    expect(response.status).toBe(401);
  });

  it.each<[string, () => Promise<string>]>([
    [
      'signed with another key',
      async () => assertionOf(clientId, {}, (await generateKeyPair('ES256')).privateKey),
    ],
    ['for another server', () => assertionOf(clientId, { aud: 'https://other.example' })],
    ['by another client with the same key', () => assertionOf(`https://localhost:${site.port}/other.json`)],
    ['about another client', () => assertionOf(clientId, { sub: 'somebody' })],
    ['that has expired', () => assertionOf(clientId, { iat: nowSeconds() - 200, exp: nowSeconds() - 100 })],
    [
      'from an hour ago that claims to be good for a day',
      () => assertionOf(clientId, { iat: nowSeconds() - 3600, exp: nowSeconds() + 86_400 }),
    ],
    ['from the future', () => assertionOf(clientId, { iat: nowSeconds() + 300, exp: nowSeconds() + 400 })],
    ['without an expiry', () => assertionOf(clientId, { exp: undefined })],
    ['without an id', () => assertionOf(clientId, { jti: undefined })],
    ['without a signature', async () => unsigned(await assertionOf(clientId))],
    ['whose HMAC key is the public key', () => hmacSigned()],
    ['that is not a JWT', async () => 'x.y.z'],
  ])('is not believed by an assertion %s', async (_, assertion) => {
    expect(await answerTo(await assertion())).toBe(refused);
  });

  it('is believed once by each assertion, on all instances', async () => {
    const assertion = await assertionOf(clientId);
    const answers = await Promise.all(Array.from({ length: 6 }, () => answerTo(assertion)));
    expect(answers.filter((answer) => answer === believed)).toHaveLength(1);
  });

  it('is not believed again by the other form of the same signature', async () => {
    const assertion = await assertionOf(clientId);
    expect(await answerTo(assertion)).toBe(believed);
    expect(await answerTo(otherSignature(assertion))).toBe(refused);
  });
});

describe('a document that asks for private_key_jwt', () => {
  it.each<[string, Record<string, unknown>]>([
    ['without keys', {}],
    ['with keys at a plain-http URL', { jwks_uri: 'http://localhost/keys.json' }],
    ['with no key in its set', { jwks: { keys: [] } }],
  ])('%s is refused, not treated as public', async (_, change) => {
    const id = publish(`/${randomUUID()}.json`, change);
    const page = await fetch(oauthClient(stack().serverUrl).authorizationUrl(id), { redirect: 'manual' });
    expect(page.status).toBe(400);
    expect(await page.text()).toMatch(/private_key_jwt|jwks/);
  });
});

describe('a registration', () => {
  const register = async () => {
    const response = await fetch(`${stack().serverUrl}/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        client_name: 'Claude',
        redirect_uris: ['https://claude.ai/api/mcp/auth_callback'],
        token_endpoint_auth_method: 'client_secret_post',
      }),
    });
    return (await response.json()) as { client_id: string; client_secret: string };
  };

  it('equal to another one does not tell that one’s secret', async () => {
    const [first, again] = [await register(), await register()];
    expect(first.client_secret.length).toBeGreaterThan(30);
    expect(again.client_secret).not.toBe(first.client_secret);
  });

  it('for private_key_jwt, whose keys nobody could check, is refused', async () => {
    const response = await fetch(`${stack().serverUrl}/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: [redirectUri], token_endpoint_auth_method: 'private_key_jwt' }),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: 'invalid_client_metadata' });
  });
});

function unsigned(assertion: string): string {
  const header = Buffer.from('{"alg":"none"}').toString('base64url');
  return `${header}.${assertion.split('.')[1]}.`;
}

/** RFC 8725 section 2.1: a public key taken for a symmetric one. */
async function hmacSigned(): Promise<string> {
  const { body } = site.pages.get('/keys.json') ?? {};
  const secret = Buffer.from(JSON.stringify((body as { keys: unknown[] }).keys[0]));
  const claims = { iss: clientId, sub: clientId, aud: stack().serverUrl, jti: randomUUID() };
  return new SignJWT({ ...claims, iat: nowSeconds(), exp: nowSeconds() + 60 })
    .setProtectedHeader({ alg: 'HS256', kid: 'first' })
    .sign(secret);
}

/** The same assertion with the signature (r, n − s) instead of (r, s), which verifies too. */
function otherSignature(assertion: string): string {
  const [header, claims, signature = ''] = assertion.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  const s = p256Order - BigInt(`0x${bytes.subarray(32).toString('hex')}`);
  const other = Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]);
  return `${header}.${claims}.${other.toString('base64url')}`;
}
