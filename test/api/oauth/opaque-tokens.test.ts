import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, expect, it } from 'vitest';
import type { Fault } from '../../../dev/auth0/switches.ts';
import { grantIn } from '../../support/access-token.ts';
import { browserUser } from '../../support/browser-user.ts';
import { call, poster } from '../../support/mcp-request.ts';
import { oauthClient, type Tokens } from '../../support/oauth-client.ts';
import { useStack } from '../../support/stack.ts';
import { storeCommand } from '../../support/store-command.ts';

const stack = useStack();
let client: ReturnType<typeof oauthClient>;
let clientId: string;

beforeAll(async () => {
  client = oauthClient(stack().serverUrl);
  clientId = await client.register();
});

afterEach(() => {
  stack().tenant.switches.faults = {};
});

/** What the tenant was asked about users; that a client is in use is noted in the background, once a week. */
const tenantCalls = () => stack().tenant.requests.filter(({ path }) => !path.startsWith('/api/')).length;

/** Signs in while the tenant answers with an access token that is no JWT: what the client gets to hear. */
async function signInForOpaque(
  userinfo: Fault,
  token = `eyJhbGciOiJkaXIifQ..${randomUUID()}.b.c`,
): Promise<URL> {
  const body = {
    access_token: token,
    token_type: 'Bearer',
    expires_in: 600,
    scope: 'openid mcp:read mcp:write',
  };
  stack().tenant.switches.faults = { 'POST /oauth/token': { status: 200, body }, 'GET /userinfo': userinfo };
  return browserUser().signIn(client.authorizationUrl(clientId));
}

const known: Fault = { status: 200, body: { sub: 'auth0|opaque-user' } };

const command = (...words: string[]) => storeCommand(stack(), words);

const readers: Record<string, (key: string) => string[]> = {
  string: (key) => ['GET', key],
  hash: (key) => ['HGETALL', key],
  stream: (key) => ['XRANGE', key, '-', '+'],
  list: (key) => ['LRANGE', key, '0', '-1'],
  set: (key) => ['SMEMBERS', key],
  zset: (key) => ['ZRANGE', key, '0', '-1'],
};

/** Every key of the store with its whole value. */
async function wholeStore(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const key of (await command('KEYS', '*')) as string[]) {
    const type = String(await command('TYPE', key));
    const reader = readers[type];
    if (!reader) throw new Error(`${key} is a ${type}`);
    found.set(key, JSON.stringify(await command(...reader(key))));
  }
  return found;
}

it('an opaque access token of the tenant is attributed by /userinfo, and the client gets one of ours', async () => {
  const token = `opaque-${randomUUID()}`;
  const answer = await signInForOpaque(known, token);
  const response = await client.exchange(clientId, answer.searchParams.get('code') ?? '');
  const tokens = (await response.json()) as Tokens;
  expect(tokens.scope).toBe('mcp:read mcp:write');
  expect(tokens.refresh_token).toBeUndefined();
  expect(tokens.expires_in).toBeLessThanOrEqual(600);
  expect(grantIn(stack(), tokens.access_token).subject).toBe('auth0|opaque-user');
  stack().tenant.switches.faults = {};
  expect((await poster(stack(), tokens.access_token)(call('whoami'))).status).toBe(200);

  // It is neither handed out nor kept, and opens nothing here.
  expect(JSON.stringify(tokens)).not.toContain(token);
  await stack().functions.idle();
  const kept = await wholeStore();
  expect([...kept.keys()].map((key) => key.split(':')[0])).toEqual(
    expect.arrayContaining(['client', 'grants', 'audit']),
  );
  for (const [key, value] of kept) expect(key + value).not.toContain(token);
  const before = tenantCalls();
  expect((await poster(stack(), token)(call('whoami'))).status).toBe(401);
  expect(tenantCalls()).toBe(before);
});

it('revoked, the token of ours ends at once; the tenant has nothing to revoke', async () => {
  const answer = await signInForOpaque(known);
  const response = await client.exchange(clientId, answer.searchParams.get('code') ?? '');
  const { access_token } = (await response.json()) as Tokens;
  const before = tenantCalls();
  expect((await client.post('/oauth/revoke', { client_id: clientId, token: access_token })).status).toBe(200);
  expect((await poster(stack(), access_token)(call('whoami'))).status).toBe(401);
  expect(tenantCalls()).toBe(before);
});

it.each<[string, Fault, string]>([
  ['does not know', { status: 401, body: {} }, 'server_error'],
  ['may not attribute', { status: 403, body: {} }, 'server_error'],
  ['names no user for', { status: 200, body: { email: 'demo@example.com' } }, 'temporarily_unavailable'],
  ['is too busy for', { status: 429, body: {} }, 'temporarily_unavailable'],
  ['is down for', { status: 503 }, 'temporarily_unavailable'],
])('one that /userinfo %s gives the client no code: %j → %s', async (_, fault, error) => {
  const { searchParams } = await signInForOpaque(fault);
  expect(searchParams.get('error')).toBe(error);
  expect(searchParams.get('code')).toBeNull();
});
