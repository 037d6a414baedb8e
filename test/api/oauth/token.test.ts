import { decodeJwt } from 'jose';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
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

const tokenRequests = () => stack().tenant.requests.filter(({ path }) => path === '/oauth/token').length;

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
    const claims = decodeJwt(tokens.access_token);
    expect(claims.aud).toContain(stack().serverUrl);
    expect(claims.scope).toContain('mcp:read mcp:write');
  });

  it('grants what the user left ticked, and says so', async () => {
    const tokens = await client.tokens(clientId, { untick: ['mcp:write', 'offline_access'] });
    expect(tokens.scope).toBe('mcp:read');
    expect(tokens.refresh_token).toBeUndefined();
    expect(decodeJwt(tokens.access_token).scope).not.toContain('mcp:write');
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
    ['client credentials', { grant_type: 'client_credentials' }, 'unsupported_grant_type'],
    ['a password', { grant_type: 'password' }, 'unsupported_grant_type'],
    ['a grant type that every object has', { grant_type: 'constructor' }, 'unsupported_grant_type'],
  ];

  it('refuses what does not fit the request it belongs to, and leaves the code to its owner', async () => {
    const code = await client.code(clientId);
    const before = tokenRequests();
    for (const [name, changes, error] of wrong) {
      const response = await client.exchange(clientId, code, changes);
      const answer = (await response.json()) as { error: string };
      expect([name, response.status, answer.error]).toEqual([name, 400, error]);
    }
    await expectError(await client.exchange(otherId, code), 400, 'invalid_grant');
    await expectError(await client.exchange('a'.repeat(32), code), 401, 'invalid_client');
    expect(tokenRequests()).toBe(before);
    expect((await client.exchange(clientId, code)).status).toBe(200);
  });

  it('redeems a code once', async () => {
    const code = await client.code(clientId);
    expect((await client.exchange(clientId, code)).status).toBe(200);
    await expectError(await client.exchange(clientId, code), 400, 'invalid_grant');
  });

  it.each(['', 'forged', 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..a.b.c'])(
    'refuses the code %j',
    async (code) => {
      const error = code ? 'invalid_grant' : 'invalid_request';
      await expectError(await client.exchange(clientId, code), 400, error);
    },
  );

  it('refuses a refresh token as a code', async () => {
    const { refresh_token } = await client.tokens(clientId);
    await expectError(await client.exchange(clientId, refresh_token ?? ''), 400, 'invalid_grant');
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

  it('says what is wrong when the tenant grants no scope of ours', async () => {
    const code = await client.code(clientId, {}, { scope: 'mcp:read' });
    stack().tenant.switches.faults = {
      'POST /oauth/token': {
        status: 200,
        body: { access_token: 'a.b.c', expires_in: 60, token_type: 'Bearer', scope: 'openid profile' },
      },
    };
    await expectError(await client.exchange(clientId, code), 400, 'invalid_scope');
  });
});

describe('when the tenant fails', () => {
  it.each<[string, object, number, string]>([
    ['is down', { status: 503 }, 503, 'temporarily_unavailable'],
    ['cuts the connection', { reset: true }, 503, 'temporarily_unavailable'],
    ['answers with a page', { status: 200, body: '<html>' }, 503, 'temporarily_unavailable'],
    [
      'has too many requests',
      { status: 429, headers: { 'retry-after': '7' }, body: { error: 'too_many_requests' } },
      503,
      'temporarily_unavailable',
    ],
    [
      'no longer knows the application',
      { status: 401, body: { error: 'access_denied' } },
      401,
      'invalid_client',
    ],
    ['turns the user away', { status: 403, body: { error: 'access_denied' } }, 400, 'invalid_grant'],
    [
      'does not allow the grant',
      { status: 403, body: { error: 'unauthorized_client' } },
      503,
      'server_error',
    ],
  ])('because it %s, the client is told the truth', async (_name, fault, status, error) => {
    const code = await client.code(clientId);
    stack().tenant.switches.faults = { 'POST /oauth/token': fault };
    const response = await client.exchange(clientId, code);
    if (error === 'temporarily_unavailable') expect(response.headers.get('retry-after')).toMatch(/^[1-9]/);
    await expectError(response, status, error);
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
    expect((await client.refresh(clientId, second.refresh_token)).status).toBe(200);
  });

  it('may ask for fewer scopes, and has all of them again the next time', async () => {
    const first = await client.tokens(clientId);
    const narrowed = await tokensOf(
      await client.refresh(clientId, first.refresh_token, { scope: 'mcp:read' }),
    );
    expect(narrowed.scope).toBe('mcp:read offline_access');
    expect(decodeJwt(narrowed.access_token).scope).not.toContain('mcp:write');
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
    const before = tokenRequests();
    await expectError(await client.refresh(clientId, refresh_token, changes), 400, error);
    expect(tokenRequests()).toBe(before);
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

  it('is refused for a token that the tenant has ended', async () => {
    const { refresh_token } = await client.tokens(clientId);
    await client.post('/oauth/revoke', { client_id: clientId, token: refresh_token });
    await expectError(await client.refresh(clientId, refresh_token), 400, 'invalid_grant');
  });

  it('survives an answer of the tenant that is lost on the way', async () => {
    const { refresh_token } = await client.tokens(clientId);
    stack().tenant.switches.faults = { 'POST /oauth/token': { after: true, reset: true, nth: 1 } };
    expect((await client.refresh(clientId, refresh_token)).status).toBe(200);
  });

  it('does not keep a failure for the next attempt', async () => {
    const { refresh_token } = await client.tokens(clientId);
    stack().tenant.switches.faults = { 'POST /oauth/token': { status: 503 } };
    await expectError(await client.refresh(clientId, refresh_token), 503, 'temporarily_unavailable');
    stack().tenant.switches.faults = {};
    expect((await client.refresh(clientId, refresh_token)).status).toBe(200);
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
