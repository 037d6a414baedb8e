import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { grantIn } from '../../support/access-token.ts';
import { call, modern, poster } from '../../support/mcp-request.ts';
import { oauthClient, redirectUri, type Tokens } from '../../support/oauth-client.ts';
import { useStack } from '../../support/stack.ts';

const stack = useStack();
let client: ReturnType<typeof oauthClient>;
let clientId: string;
let otherId: string;

beforeAll(async () => {
  client = oauthClient(stack().serverUrl);
  clientId = await client.register();
  otherId = await client.register({ client_name: 'Another client' });
});

afterEach(() => {
  stack().tenant.switches.faults = {};
});

const tokensOf = async (response: Response) => (await response.json()) as Tokens;

async function expectError(response: Response, status: number, error: string) {
  expect({ status: response.status, error: ((await response.json()) as { error: string }).error }).toEqual({
    status,
    error,
  });
  expect(response.headers.get('cache-control')).toBe('no-store');
}

/** What the tenant was asked about users; that a client is in use is noted in the background, once a week. */
const tenantCalls = () => stack().tenant.requests.filter(({ path }) => !path.startsWith('/api/')).length;

const addNote = { name: 'add_note', arguments: { title: 'x', text: 'x' } };

type Changes = Record<string, string | undefined>;

describe('the authorization code grant', () => {
  it('gives an access token for this server, a refresh token and the granted scopes', async () => {
    const response = await client.exchange(clientId, await client.code(clientId));
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    const tokens = await tokensOf(response);
    expect(tokens).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: expect.any(Number),
      scope: 'mcp:read mcp:write offline_access',
      refresh_token: expect.any(String),
    });
    expect(tokens.expires_in).toBe(30 * 86_400);
    expect(grantIn(stack(), tokens.access_token)).toMatchObject({
      origin: stack().serverUrl,
      clientId,
      scopes: ['mcp:read', 'mcp:write', 'offline_access'],
    });
    expect((await poster(stack(), tokens.access_token)(call('whoami'))).status).toBe(200);
  });

  it('grants what the user left ticked, and says so', async () => {
    const tokens = await client.tokens(clientId, { untick: ['mcp:write', 'offline_access'] });
    expect(tokens.scope).toBe('mcp:read');
    expect(tokens.refresh_token).toBeUndefined();
    expect(grantIn(stack(), tokens.access_token)).toMatchObject({ scopes: ['mcp:read'] });
  });

  it('gives a token that ends with Auth0’s, and nothing to stay connected by, if the user wants that', async () => {
    stack().tenant.switches.accessTokenLifetimeSeconds = 900;
    try {
      const tokens = await client.tokens(clientId, { untick: ['offline_access'] });
      expect(tokens.expires_in).toBeLessThanOrEqual(900);
      expect(tokens.expires_in).toBeGreaterThan(800);
      const grant = grantIn(stack(), tokens.access_token);
      expect(grant.upstream).toBeUndefined();
      expect(grant.scopes).toEqual(['mcp:read', 'mcp:write']);
    } finally {
      stack().tenant.switches.accessTokenLifetimeSeconds = undefined;
    }
  });

  it('hands out nothing of the tenant’s: no JWT, no ID token, no name or email, no refresh token of Auth0', async () => {
    const issued: string[] = [];
    const response = await client.exchange(clientId, await client.code(clientId));
    const body = await response.text();
    const { access_token } = JSON.parse(body) as Tokens;
    const { upstream = '', subject } = grantIn(stack(), access_token);
    issued.push(upstream, subject, 'demo@example.com', 'id_token');
    for (const secret of issued) {
      expect(secret).toBeTruthy();
      expect(body).not.toContain(secret);
      expect(body).not.toContain(Buffer.from(secret).toString('base64url').slice(0, -2));
    }
    expect(access_token.split('.')).toHaveLength(5);
    const userinfo = await fetch(`${stack().tenant.origin}/userinfo`, {
      headers: { authorization: `Bearer ${access_token}` },
    });
    expect(userinfo.status).toBe(401);
  });

  it('asks the tenant nothing', async () => {
    const code = await client.code(clientId);
    const before = tenantCalls();
    stack().tenant.switches.faults = { '/oauth/token': { hang: true } };
    expect((await client.exchange(clientId, code)).status).toBe(200);
    expect(tenantCalls()).toBe(before);
  });

  it('takes JSON as well', async () => {
    const response = await fetch(`${stack().serverUrl}/oauth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        grant_type: 'authorization_code',
        client_id: clientId,
        code: await client.code(clientId),
        redirect_uri: redirectUri,
        code_verifier: client.verifier,
      }),
    });
    expect(response.status).toBe(200);
  });

  it('answers at /token too, where some clients look', async () => {
    const code = await client.code(clientId);
    const response = await client.post('/token', {
      grant_type: 'authorization_code',
      client_id: clientId,
      code,
      redirect_uri: redirectUri,
      code_verifier: client.verifier,
      resource: `${stack().serverUrl}/mcp`,
    });
    expect(response.status).toBe(200);
  });

  const wrong: [string, Changes, string][] = [
    ['another redirect URI', { redirect_uri: `${redirectUri}/other` }, 'invalid_grant'],
    ['no redirect URI, though one was named before', { redirect_uri: undefined }, 'invalid_grant'],
    ['no verifier', { code_verifier: undefined }, 'invalid_request'],
    ['another verifier', { code_verifier: 'a'.repeat(43) }, 'invalid_grant'],
    ['a verifier too short', { code_verifier: 'short' }, 'invalid_grant'],
    ['a foreign resource', { resource: 'https://evil.example/mcp' }, 'invalid_target'],
    ['no grant type', { grant_type: undefined }, 'invalid_request'],
    ['a password', { grant_type: 'password' }, 'unsupported_grant_type'],
    ['a grant type that every object has', { grant_type: 'constructor' }, 'unsupported_grant_type'],
  ];

  it('refuses what does not fit the request it belongs to, and leaves the code to its owner', async () => {
    const code = await client.code(clientId);
    const before = tenantCalls();
    for (const [name, changes, error] of wrong) {
      const response = await client.exchange(clientId, code, changes);
      const answer = (await response.json()) as { error: string };
      expect([name, response.status, answer.error]).toEqual([name, 400, error]);
    }
    await expectError(await client.exchange(otherId, code), 400, 'invalid_grant');
    await expectError(await client.exchange('a'.repeat(32), code), 401, 'invalid_client');
    expect(tenantCalls()).toBe(before);
    expect((await client.exchange(clientId, code)).status).toBe(200);
  });

  it('redeems a code once, and a repetition at once costs the client nothing', async () => {
    const code = await client.code(clientId);
    const first = await client.exchange(clientId, code);
    expect(first.status).toBe(200);
    await expectError(await client.exchange(clientId, code), 400, 'invalid_grant');
    const { access_token, refresh_token } = await tokensOf(first);
    expect((await poster(stack(), access_token)(call('whoami'))).status).toBe(200);
    expect((await client.refresh(clientId, refresh_token)).status).toBe(200);
  });

  it.each(['', 'forged', 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..a.b.c'])(
    'refuses the code %j',
    async (code) => {
      const error = code ? 'invalid_grant' : 'invalid_request';
      await expectError(await client.exchange(clientId, code), 400, error);
    },
  );

  it('refuses a refresh token as a code, and an access token', async () => {
    const { refresh_token = '', access_token } = await client.tokens(clientId);
    for (const token of [refresh_token, access_token])
      await expectError(await client.exchange(clientId, token), 400, 'invalid_grant');
  });

  it('refuses a parameter given twice', async () => {
    const response = await fetch(`${stack().serverUrl}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams([
        ['grant_type', 'authorization_code'],
        ['grant_type', 'refresh_token'],
      ]),
    });
    await expectError(response, 400, 'invalid_request');
  });
});

describe('the refresh grant', () => {
  it('gives new tokens', async () => {
    const first = await client.tokens(clientId);
    const response = await client.refresh(clientId, first.refresh_token, {
      resource: `${stack().serverUrl}/mcp`,
    });
    const second = await tokensOf(response);
    expect(response.status).toBe(200);
    expect(second.scope).toBe('mcp:read mcp:write offline_access');
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(second.access_token).not.toBe(first.access_token);
    expect((await client.refresh(clientId, second.refresh_token)).status).toBe(200);
    for (const { access_token } of [first, second])
      expect((await poster(stack(), access_token)(call('whoami'))).status).toBe(200);
  });

  it('asks the tenant nothing within an hour of its last word', async () => {
    const { refresh_token } = await client.tokens(clientId);
    const before = tenantCalls();
    stack().tenant.switches.faults = { '/oauth/token': { hang: true } };
    expect((await client.refresh(clientId, refresh_token)).status).toBe(200);
    expect(tenantCalls()).toBe(before);
  });

  it('takes no access token for a refresh token, and a refresh token opens no tool', async () => {
    const { access_token, refresh_token = '' } = await client.tokens(clientId);
    await expectError(await client.refresh(clientId, access_token), 400, 'invalid_grant');
    expect((await poster(stack(), refresh_token)(call('whoami'))).status).toBe(401);
  });

  it('may ask for fewer scopes, and has all of them again the next time', async () => {
    const first = await client.tokens(clientId);
    const narrowed = await tokensOf(
      await client.refresh(clientId, first.refresh_token, { scope: 'mcp:read' }),
    );
    expect(narrowed.scope).toBe('mcp:read');
    expect(grantIn(stack(), narrowed.access_token).scopes).toEqual(['mcp:read']);
    const refused = await poster(stack(), narrowed.access_token)(...modern('tools/call', addNote));
    expect(refused.status).toBe(403);
    const whole = await tokensOf(await client.refresh(clientId, narrowed.refresh_token));
    expect(whole.scope).toBe('mcp:read mcp:write offline_access');
  });

  it.each<[string, Changes, string]>([
    ['a scope that was not granted', { scope: 'mcp:read mcp:admin' }, 'invalid_scope'],
    ['an unknown scope', { scope: 'everything' }, 'invalid_scope'],
    ['no scope of use', { scope: 'offline_access' }, 'invalid_scope'],
    ['a foreign resource', { resource: 'https://evil.example' }, 'invalid_target'],
    ['no token', { refresh_token: undefined }, 'invalid_request'],
    ['a forged token', { refresh_token: 'v1.MXjF-forged' }, 'invalid_grant'],
  ])('is refused with %s, and the token stays good', async (_name, changes, error) => {
    const { refresh_token } = await client.tokens(clientId);
    const before = tenantCalls();
    await expectError(await client.refresh(clientId, refresh_token, changes), 400, error);
    expect(tenantCalls()).toBe(before);
    expect((await client.refresh(clientId, refresh_token)).status).toBe(200);
  });

  it('is refused to another client', async () => {
    const { refresh_token } = await client.tokens(clientId);
    await expectError(await client.refresh(otherId, refresh_token), 400, 'invalid_grant');
    await expectError(await client.refresh('b'.repeat(32), refresh_token), 401, 'invalid_client');
  });

  it('is refused with what the user unticked', async () => {
    const { refresh_token } = await client.tokens(clientId, { untick: ['mcp:write'] });
    await expectError(
      await client.refresh(clientId, refresh_token, { scope: 'mcp:write' }),
      400,
      'invalid_scope',
    );
  });

  it('is refused for a token that was revoked', async () => {
    const { refresh_token } = await client.tokens(clientId);
    await client.post('/oauth/revoke', { client_id: clientId, token: refresh_token });
    await expectError(await client.refresh(clientId, refresh_token), 400, 'invalid_grant');
  });

  it('goes on while the tenant is down', async () => {
    const { refresh_token } = await client.tokens(clientId);
    stack().tenant.switches.faults = { 'POST /oauth/token': { status: 503 } };
    const { refresh_token: next } = await tokensOf(await client.refresh(clientId, refresh_token));
    expect((await client.refresh(clientId, next)).status).toBe(200);
  });

  it('works without the store', async () => {
    const { refresh_token } = await client.tokens(clientId);
    stack().store.faults.outage = 'unavailable';
    try {
      expect((await client.refresh(clientId, refresh_token)).status).toBe(200);
    } finally {
      stack().store.faults.outage = 'none';
    }
  });
});
