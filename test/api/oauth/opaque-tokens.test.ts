import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { oauthClient, type Tokens } from '../../support/oauth-client.ts';
import { useStack } from '../../support/stack.ts';

const stack = useStack();
let client: ReturnType<typeof oauthClient>;
let clientId: string;

beforeAll(async () => {
  client = oauthClient(stack().serverUrl);
  clientId = await client.register();
});

afterEach(() => {
  stack().tenant.switches.faults = {};
  stack().store.faults.outage = 'none';
});

/** Lets the tenant answer the next token request with an access token that is no JWT. */
async function exchangeForOpaque(): Promise<Response> {
  const code = await client.code(clientId);
  const access_token = `eyJhbGciOiJkaXIifQ..${randomUUID()}.b.c`;
  const body = { access_token, token_type: 'Bearer', expires_in: 600, scope: 'openid mcp:read mcp:write' };
  stack().tenant.switches.faults = { 'POST /oauth/token': { status: 200, body } };
  return client.exchange(clientId, code);
}

async function recorded(): Promise<number> {
  const response = await fetch(stack().store.url, {
    method: 'POST',
    headers: { authorization: `Bearer ${stack().env.UPSTASH_REDIS_REST_TOKEN}` },
    body: JSON.stringify(['KEYS', 'tok:*']),
  });
  return ((await response.json()) as { result: string[] }).result.length;
}

it('an opaque access token is recorded when it is handed out, and forgotten when it is revoked', async () => {
  const { access_token } = (await (await exchangeForOpaque()).json()) as Tokens;
  expect(await recorded()).toBe(1);
  expect((await client.post('/oauth/revoke', { client_id: clientId, token: access_token })).status).toBe(200);
  expect(await recorded()).toBe(0);
});

it('one that cannot be recorded is not handed out', async () => {
  const code = await client.code(clientId);
  stack().tenant.switches.faults = {
    'POST /oauth/token': {
      status: 200,
      body: { access_token: 'opaque', token_type: 'Bearer', expires_in: 600, scope: 'mcp:read' },
    },
  };
  stack().store.faults.outage = 'unavailable';
  const response = await client.exchange(clientId, code);
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ error: 'temporarily_unavailable' });
});
