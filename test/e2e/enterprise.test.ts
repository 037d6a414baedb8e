import { randomUUID } from 'node:crypto';
import {
  Client,
  CrossAppAccessProvider,
  discoverAndRequestJwtAuthGrant,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client';
import { generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IdentityProviderServer, startIdentityProvider } from '../../dev/identity-provider/server.ts';
import { type Stack, startStack } from '../../dev/stack.ts';
import { blockClient } from '../../lib/access-token/blocked-client.ts';
import { configOf } from '../support/config.ts';
import { modern, poster } from '../support/mcp-request.ts';

const redirectUris = ['https://client.example.com/callback'];
const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

type Key = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];
type Registered = { client_id: string; client_secret: string };

let company: IdentityProviderServer;
/** Another trusted company, whose key the tests hold. */
let rival: { issuer: string; key: Key; close(): Promise<void> };
let stack: Stack;
let client: Registered;
let otherClient: Registered;

async function register(name: string): Promise<Registered> {
  const response = await fetch(`${stack.serverUrl}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: name,
      redirect_uris: redirectUris,
      token_endpoint_auth_method: 'client_secret_post',
    }),
  });
  return (await response.json()) as Registered;
}

beforeAll(async () => {
  company = await startIdentityProvider();
  rival = await startRival();
  stack = await startStack({
    port: 0,
    instances: 2,
    env: {
      ENTERPRISE_IDENTITY_PROVIDERS: JSON.stringify([
        { issuer: company.issuer, jwks_uri: company.jwksUri, subject: 'oidc|acme|{sub}' },
        {
          issuer: rival.issuer,
          jwks_uri: `${rival.issuer}/jwks.json`,
          subject: 'oidc|rival|{sub}',
          scopes: ['mcp:read'],
        },
      ]),
    },
  });
  client = await register('Assistant');
  otherClient = await register('Another assistant');
  company.servers.push({ issuer: stack.serverUrl, resource: stack.mcpUrl });
  company.clients.push({
    id: 'assistant',
    secret: 'secret of the assistant',
    knownAs: { [stack.serverUrl]: client.client_id },
  });
});
afterAll(async () => {
  await stack.close();
  await company.close();
  await rival.close();
});

/** Signs Ada in at her company, as the client does before anything of MCP. */
async function idToken(): Promise<string> {
  const response = await fetch(`${company.issuer}/sign-in`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: 'assistant',
      client_secret: 'secret of the assistant',
      username: 'ada@acme.example',
      password: 'ada',
    }),
  });
  return ((await response.json()) as { id_token: string }).id_token;
}

async function idJag(scope?: string): Promise<string> {
  const { jwtAuthGrant } = await discoverAndRequestJwtAuthGrant({
    idpUrl: company.issuer,
    audience: stack.serverUrl,
    resource: stack.mcpUrl,
    idToken: await idToken(),
    clientId: 'assistant',
    clientSecret: 'secret of the assistant',
    ...(scope !== undefined && { scope }),
  });
  return jwtAuthGrant;
}

async function present(assertion: string | undefined, changes: Record<string, string | undefined> = {}) {
  const fields = {
    grant_type: grantType,
    client_id: client.client_id,
    client_secret: client.client_secret,
    assertion,
    ...changes,
  };
  const stated = Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const response = await fetch(`${stack.serverUrl}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams(stated),
  });
  const body = (await response.json()) as {
    access_token?: string;
    scope?: string;
    error?: string;
    expires_in?: number;
  };
  return { status: response.status, body, said: body.error ?? body.scope };
}

const nowSeconds = () => Math.floor(Date.now() / 1000);

/** An assertion as the rival company would make it for its employee, with changes. */
function forged(
  changes: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
  key = rival.key,
) {
  const claims = {
    iss: rival.issuer,
    sub: 'E1',
    aud: stack.serverUrl,
    resource: stack.mcpUrl,
    client_id: client.client_id,
    jti: randomUUID(),
    iat: nowSeconds(),
    exp: nowSeconds() + 300,
    scope: 'mcp:read',
    ...changes,
  };
  const stated = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
  return new SignJWT(stated)
    .setProtectedHeader({ alg: 'ES256', typ: 'oauth-id-jag+jwt', kid: 'rival', ...header })
    .sign(key);
}

const whoami = async (token: string | undefined) =>
  poster(stack, token)(...modern('tools/call', { name: 'whoami', arguments: {} }));

describe('an employee whose company manages access', () => {
  it('uses the server through the SDK’s provider without ever signing in here', async () => {
    const provider = new CrossAppAccessProvider({
      clientId: client.client_id,
      clientSecret: client.client_secret,
      expectedIssuer: stack.serverUrl,
      assertion: async () => idJag(),
    });
    const sdk = new Client({ name: 'assistant', version: '1' });
    await sdk.connect(new StreamableHTTPClientTransport(new URL(stack.mcpUrl), { authProvider: provider }));
    const { structuredContent } = await sdk.callTool({ name: 'whoami', arguments: {} });
    await sdk.close();
    expect(structuredContent).toMatchObject({
      userId: 'oidc|acme|E1001',
      clientId: client.client_id,
      scopes: ['mcp:read', 'mcp:write'],
      email: 'ada@acme.example',
    });
  });

  it('finds the profile in the metadata', async () => {
    const response = await fetch(`${stack.serverUrl}/.well-known/oauth-authorization-server`);
    expect(await response.json()).toMatchObject({
      grant_types_supported: expect.arrayContaining([grantType]),
      authorization_grant_profiles_supported: ['urn:ietf:params:oauth:grant-profile:id-jag'],
    });
  });

  it('gets what the request and the assertion have in common, for an hour, without a refresh token', async () => {
    const { body } = await present(await idJag(), { scope: 'mcp:read mcp:admin' });
    expect(body.scope).toBe('mcp:read');
    expect(Math.abs((body.expires_in ?? 0) - 3600)).toBeLessThan(10);
    expect(body).not.toHaveProperty('refresh_token');
    expect((await present(await idJag('mcp:write'))).said).toBe('mcp:write');
    expect((await present(await idJag('mcp:write'), { scope: 'mcp:read' })).said).toBe('invalid_scope');
  });

  it('loses access when the company takes it away, at the next assertion', async () => {
    const [ada] = company.employees.splice(0, 1);
    await expect(idJag()).rejects.toThrow();
    if (ada) company.employees.push(ada);
  });

  it('loses it at once when the operator blocks the client', async () => {
    const third = await register('Third assistant');
    const credentials = { client_id: third.client_id, client_secret: third.client_secret };
    const ask = async () => present(await forged({ client_id: third.client_id }), credentials);
    const { body } = await ask();
    expect((await whoami(body.access_token)).status).toBe(200);
    await blockClient(configOf(stack.env), third.client_id);
    expect((await ask()).said).toBe('invalid_grant');
  });
});

describe('an assertion', () => {
  it('that the rival company makes for its own employee is accepted, within what the operator allows it', async () => {
    expect((await present(await forged({ scope: 'mcp:read mcp:write' }))).said).toBe('mcp:read');
    expect((await present(await forged({ scope: 'mcp:admin' }))).said).toBe('invalid_scope');
    expect((await present(await forged({ resource: undefined, scope: 'openid mcp:read' }))).said).toBe(
      'mcp:read',
    );
  });

  it.each<[string, () => Promise<string> | string]>([
    // Section 7.4.1: forged assertions.
    ['signed with another key', async () => forged({}, {}, (await generateKeyPair('ES256')).privateKey)],
    ['in the name of the other company', () => forged({ iss: company.issuer })],
    ['from an issuer nobody trusts', () => forged({ iss: 'https://evil.example' })],
    ['without a signature', () => unsigned()],
    ['whose HMAC key is the public key', () => hmacSigned()],
    ['of another type', () => forged({}, { typ: 'JWT' })],
    ['without a type', () => forged({}, { typ: undefined })],
    ['that is an ID token', () => idToken()],
    ['that is no JWT', () => 'x.y.z'],
    ['of a million characters', () => 'x'.repeat(30_000)],
    ['for the tenant', () => forged({ aud: stack.tenant.issuer })],
    ['for two authorization servers', () => forged({ aud: [stack.serverUrl, 'https://other.example'] })],
    ['for no audience', () => forged({ aud: undefined })],
    ['for this issuer with a slash', () => forged({ aud: `${stack.serverUrl}/` })],
    ['about nobody', () => forged({ sub: '' })],
    ['about a user of another company', () => forged({ sub: 'x|acme|E1001' })],
    ['that has expired', () => forged({ iat: nowSeconds() - 400, exp: nowSeconds() - 100 })],
    ['from the future', () => forged({ iat: nowSeconds() + 300, exp: nowSeconds() + 400 })],
    ['for a year', () => forged({ exp: nowSeconds() + 31_536_000 })],
    ['without an end', () => forged({ exp: undefined })],
    ['without an id', () => forged({ jti: undefined })],
    // Section 7.6: audience and resource.
    ['for another MCP server', () => forged({ resource: 'https://other.example/mcp' })],
    ['for another origin of this server', () => forged({ resource: `${stack.env.ALLOWED_ORIGINS}/mcp` })],
    ['for scopes of another server', () => forged({ scope: 'mcp:read chat.history' })],
    ['issued to another client', () => forged({ client_id: otherClient.client_id })],
    ['issued to no client', () => forged({ client_id: undefined })],
  ])('%s is refused', async (_, assertion) => {
    const { status, said, body } = await present(await assertion());
    expect([status, said]).toEqual([400, 'invalid_grant']);
    expect(body).not.toHaveProperty('access_token');
  });

  it('is of no use to a client that stole it (section 7.4.2)', async () => {
    const assertion = await idJag();
    const thief = { client_id: otherClient.client_id, client_secret: otherClient.client_secret };
    expect((await present(assertion, thief)).said).toBe('invalid_grant');
    expect((await present(assertion, { client_secret: undefined })).said).toBe('invalid_client');
    // And they have not spoiled it for its client.
    expect((await present(assertion)).status).toBe(200);
  });

  it('is used once, whichever instances it reaches (section 7.4.2)', async () => {
    const assertion = await idJag();
    const answers = await Promise.all(Array.from({ length: 6 }, () => present(assertion)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await present(assertion)).said).toBe('invalid_grant');
  });

  it('gives no token while nobody can say whether it was used', async () => {
    const assertion = await idJag();
    stack.store.faults.outage = 'unavailable';
    const { status, said } = await present(assertion);
    stack.store.faults.outage = 'none';
    expect([status, said]).toEqual([503, 'temporarily_unavailable']);
  });

  it('is not read from the query of the request (section 7.3)', async () => {
    const query = new URLSearchParams({ grant_type: grantType, assertion: await idJag() });
    const response = await fetch(`${stack.serverUrl}/oauth/token?${query}`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: client.client_id, client_secret: client.client_secret }),
    });
    expect(response.status).toBe(400);
  });

  it('and the token for it, are good at their own origin alone', async () => {
    const { body } = await present(await idJag());
    const [message, headers] = modern('tools/list');
    const response = await fetch(`${stack.env.ALLOWED_ORIGINS}/mcp`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        authorization: `Bearer ${body.access_token}`,
        ...headers,
      },
      body: JSON.stringify(message),
    });
    expect(response.status).toBe(401);
  });
});

describe('the local stack', () => {
  it('starts with an identity provider that it trusts, if it is asked for', async () => {
    const local = await startStack({ port: 0, enterprise: true });
    const metadata = await (await fetch(`${local.serverUrl}/.well-known/oauth-authorization-server`)).json();
    expect(metadata).toHaveProperty('authorization_grant_profiles_supported');
    const { servers, issuer } = local.identityProvider ?? {};
    expect(servers).toEqual([{ issuer: local.serverUrl, resource: local.mcpUrl }]);
    const registered = await fetch(`${issuer}/clients`, {
      method: 'POST',
      body: JSON.stringify({ id: 'a', secret: 'b', knownAs: { [local.serverUrl]: 'c' } }),
    });
    expect(registered.status).toBe(201);
    await local.close();
  });
});

describe('a server whose operator trusts no company', () => {
  let plain: Stack;
  beforeAll(async () => {
    plain = await startStack({ port: 0 });
  });
  afterAll(() => plain.close());

  it('neither advertises nor accepts assertions', async () => {
    const metadata = await (await fetch(`${plain.serverUrl}/.well-known/oauth-authorization-server`)).json();
    expect(metadata).not.toHaveProperty('authorization_grant_profiles_supported');
    const response = await fetch(`${plain.serverUrl}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: grantType,
        assertion: await forged(),
        client_id: 'x'.repeat(32),
      }),
    });
    expect(response.status).toBeGreaterThanOrEqual(400);
  });
});

async function startRival() {
  const { createServer } = await import('node:http');
  const { exportJWK } = await import('jose');
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const keys = JSON.stringify({
    keys: [{ ...(await exportJWK(publicKey)), kid: 'rival', alg: 'ES256', use: 'sig' }],
  });
  const server = createServer((_, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(keys),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const close = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { issuer: `http://localhost:${port}`, key: privateKey, close };
}

async function unsigned(): Promise<string> {
  const [, claims] = (await forged()).split('.');
  return `${Buffer.from('{"alg":"none","typ":"oauth-id-jag+jwt"}').toString('base64url')}.${claims}.`;
}

async function hmacSigned(): Promise<string> {
  const keys = await (await fetch(`${rival.issuer}/jwks.json`)).text();
  const [, claims = ''] = (await forged()).split('.');
  return new SignJWT(JSON.parse(Buffer.from(claims, 'base64url').toString()))
    .setProtectedHeader({ alg: 'HS256', typ: 'oauth-id-jag+jwt', kid: 'rival' })
    .sign(new TextEncoder().encode(keys));
}
