import { randomUUID } from 'node:crypto';
import {
  Client,
  ClientCredentialsProvider,
  type OAuthClientProvider,
  PrivateKeyJwtProvider,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { blockClient } from '../../lib/access-token/blocked-client.ts';
import { configOf } from '../support/config.ts';
import { machineClientWithKey, machineClientWithSecret } from '../support/machine-client.ts';
import { manageTenant } from '../support/manage-tenant.ts';
import { modern, poster } from '../support/mcp-request.ts';
import { type TestStack, useStack } from '../support/stack.ts';

const stack = useStack({ instances: 3 });

type Key = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];

let secret: { clientId: string; clientSecret: string };
let signing: { clientId: string; privateKey: Key; jwk: Record<string, unknown> };

beforeAll(async () => {
  secret = await machineClientWithSecret(stack(), ['mcp:read']);
  const pair = await generateKeyPair('ES256', { extractable: true });
  const clientId = await machineClientWithKey(stack(), await exportJWK(pair.publicKey), 'mcp:read mcp:write');
  signing = {
    clientId,
    privateKey: pair.privateKey,
    jwk: { ...(await exportJWK(pair.privateKey)), alg: 'ES256' },
  };
});

/** Calls `whoami` as a client of the SDK that is given nothing but its credentials and the URL of the server. */
async function whoami(provider: OAuthClientProvider) {
  const client = new Client({ name: 'nightly report', version: '1' });
  await client.connect(
    new StreamableHTTPClientTransport(new URL(stack().mcpUrl), { authProvider: provider }),
  );
  const result = await client.callTool({ name: 'whoami', arguments: {} });
  await client.close();
  return result.structuredContent as { userId: string; clientId: string; scopes: string[] };
}

async function tokenRequest(fields: Record<string, string | undefined>, headers = {}) {
  const stated = Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const response = await fetch(`${stack().serverUrl}/oauth/token`, {
    method: 'POST',
    headers,
    body: new URLSearchParams([['grant_type', 'client_credentials'], ...stated]),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as TokenBody };
}

type TokenBody = { access_token?: string; expires_in?: number; scope?: string; error?: string };

const withSecret = (changes: Record<string, string | undefined> = {}) =>
  tokenRequest({ client_id: secret.clientId, client_secret: secret.clientSecret, ...changes });

const nowSeconds = () => Math.floor(Date.now() / 1000);

async function withAssertion(claims = {}, key = signing.privateKey, fields = {}) {
  const { clientId } = signing;
  const assertion = await new SignJWT({
    iss: clientId,
    sub: clientId,
    aud: stack().serverUrl,
    iat: nowSeconds(),
    exp: nowSeconds() + 60,
    jti: randomUUID(),
    ...claims,
  })
    .setProtectedHeader({ alg: 'ES256' })
    .sign(key);
  return tokenRequest({
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
    ...fields,
  });
}

const callWith = async (token: string | undefined, server: TestStack = stack()) =>
  poster(server, token)(...modern('tools/call', { name: 'whoami', arguments: {} }));

describe('a machine client that an operator registered', () => {
  it('connects with its id and secret, through the SDK’s provider', async () => {
    const provider = new ClientCredentialsProvider({ ...secret, expectedIssuer: stack().serverUrl });
    expect(await whoami(provider)).toMatchObject({
      userId: `${secret.clientId}@clients`,
      clientId: secret.clientId,
      scopes: ['mcp:read'],
    });
  });

  it('connects with a key, through the SDK’s provider', async () => {
    const { clientId, jwk } = signing;
    const options = { clientId, privateKey: jwk, algorithm: 'ES256', expectedIssuer: stack().serverUrl };
    expect(await whoami(new PrivateKeyJwtProvider(options))).toMatchObject({
      userId: `${clientId}@clients`,
      scopes: ['mcp:read', 'mcp:write'],
    });
  });

  it('finds the grant type in the metadata', async () => {
    const response = await fetch(`${stack().serverUrl}/.well-known/oauth-authorization-server`);
    expect(await response.json()).toMatchObject({
      grant_types_supported: expect.arrayContaining(['client_credentials']),
    });
  });

  it.each([
    ['in the body', {}, (): Record<string, string> => ({})],
    [
      'in the header',
      { client_id: undefined, client_secret: undefined },
      () => ({
        authorization: `Basic ${btoa(`${secret.clientId}:${encodeURIComponent(secret.clientSecret)}`)}`,
      }),
    ],
  ])('may send its secret %s', async (_, changes, headers) => {
    const fields = { client_id: secret.clientId, client_secret: secret.clientSecret, ...changes };
    const { status, body } = await tokenRequest(fields, headers());
    expect([status, body.scope]).toEqual([200, 'mcp:read']);
    expect(body).not.toHaveProperty('refresh_token');
    expect((await callWith(body.access_token)).status).toBe(200);
  });

  it('gets no more scopes than were granted to it, and fewer if it asks for fewer', async () => {
    expect((await withSecret({ scope: 'mcp:read mcp:write' })).body.scope).toBe('mcp:read');
    expect((await withSecret({ scope: 'mcp:write' })).body.error).toBe('invalid_scope');
    expect((await withAssertion({}, undefined, { scope: 'mcp:admin' })).body.error).toBe('invalid_scope');
    expect((await withAssertion({}, undefined, { scope: 'mcp:write' })).body.scope).toBe('mcp:write');
  });

  it('cannot write with a token to read', async () => {
    const { body } = await withSecret();
    const writing = modern('tools/call', { name: 'add_note', arguments: { title: 'x', text: 'x' } });
    expect((await poster(stack(), body.access_token)(...writing)).status).toBe(403);
  });

  it('never gets a token for another resource', async () => {
    const { status, body } = await withSecret({ resource: 'https://other.example/mcp' });
    expect([status, body.error]).toEqual([400, 'invalid_target']);
  });

  it('learns nothing of the tenant’s token', async () => {
    const { body } = await withSecret();
    expect(body.access_token?.split('.')).toHaveLength(5);
  });
});

describe('somebody else', () => {
  it.each<[string, () => ReturnType<typeof tokenRequest>, number, string]>([
    ['with a wrong secret', () => withSecret({ client_secret: 'x'.repeat(64) }), 401, 'invalid_client'],
    ['with an unknown id', () => withSecret({ client_id: 'x'.repeat(32) }), 401, 'invalid_client'],
    ['with an id alone', () => withSecret({ client_secret: undefined }), 401, 'invalid_client'],
    ['with no credentials', () => tokenRequest({}), 401, 'invalid_client'],
    [
      'with another key',
      async () => withAssertion({}, (await generateKeyPair('ES256')).privateKey),
      401,
      'invalid_client',
    ],
    [
      'with an assertion for the tenant',
      () => withAssertion({ aud: stack().tenant.issuer }),
      401,
      'invalid_client',
    ],
    [
      'with an expired assertion',
      () => withAssertion({ iat: nowSeconds() - 200, exp: nowSeconds() - 100 }),
      401,
      'invalid_client',
    ],
    [
      'with an assertion about a client that has a secret',
      () => withAssertion({ iss: secret.clientId, sub: secret.clientId }),
      401,
      'invalid_client',
    ],
  ])('%s gets no token', async (_, ask, status, error) => {
    const answer = await ask();
    expect([answer.status, answer.body.error]).toEqual([status, error]);
    expect(answer.body).not.toHaveProperty('access_token');
  });

  it('cannot use an assertion a second time, on any instance', async () => {
    const claims = { jti: randomUUID(), iat: nowSeconds(), exp: nowSeconds() + 60 };
    const answers = await Promise.all(Array.from({ length: 5 }, () => withAssertion(claims)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('with the secret of an application that may not use this API is told so', async () => {
    const manage = await manageTenant(stack());
    const other = await manage('POST', 'clients', {
      name: 'Other API',
      app_type: 'non_interactive',
      grant_types: ['client_credentials'],
    });
    const answer = await withSecret({ client_id: other.client_id, client_secret: other.client_secret });
    expect([answer.status, answer.body.error]).toEqual([400, 'unauthorized_client']);
  });

  it('cannot name a key for an application that was registered for another API', async () => {
    const pair = await generateKeyPair('ES256');
    const clientId = await machineClientWithKey(stack(), await exportJWK(pair.publicKey), 'mcp:read', {
      machine_client_of: 'https://other.example',
    });
    const answer = await withAssertion({ iss: clientId, sub: clientId }, pair.privateKey);
    expect(answer.body.error).toBe('invalid_client');
  });

  it('with credentials of a client that registered itself gets nothing by this grant', async () => {
    const registered = await fetch(`${stack().serverUrl}/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        redirect_uris: ['https://client.example.com/callback'],
        token_endpoint_auth_method: 'client_secret_post',
      }),
    });
    const { client_id, client_secret } = (await registered.json()) as Record<string, string>;
    const answer = await withSecret({ client_id, client_secret });
    expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client']);
  });
});

describe('a machine client that the operator ends', () => {
  it('by a block gets no further token, and the one it has is refused', async () => {
    const blocked = await machineClientWithSecret(stack(), ['mcp:read'], 'Blocked');
    const ask = () => withSecret({ client_id: blocked.clientId, client_secret: blocked.clientSecret });
    const { body } = await ask();
    await blockClient(configOf(stack().env), blocked.clientId);
    const answer = await ask();
    expect([answer.status, answer.body.error]).toEqual([400, 'unauthorized_client']);
    expect((await callWith(body.access_token)).status).toBe(401);
  });

  it('by deleting its application at the tenant gets no further token', async () => {
    const gone = await machineClientWithSecret(stack(), ['mcp:read'], 'Gone');
    const manage = await manageTenant(stack());
    await manage('DELETE', `clients/${gone.clientId}`);
    const answer = await withSecret({ client_id: gone.clientId, client_secret: gone.clientSecret });
    expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client']);
  });

  it('is told 503, not 401, while the tenant is down', async () => {
    stack().tenant.switches.faults = { '/oauth/token': { status: 503 } };
    const answer = await withSecret();
    stack().tenant.switches.faults = {};
    expect([answer.status, answer.body.error]).toEqual([503, 'temporarily_unavailable']);
    expect(answer.headers.get('retry-after')).not.toBeNull();
  });
});
