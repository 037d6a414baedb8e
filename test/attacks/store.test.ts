import { beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../lib/sha256.ts';
import { browserUser } from '../support/browser-user.ts';
import { oauthClient, redirectUri, type Tokens } from '../support/oauth-client.ts';
import { useStack } from '../support/stack.ts';

/** Somebody who can read and write everything in the store, and holds no key. */
const stack = useStack();

async function store<T = unknown>(...command: (string | number)[]): Promise<T> {
  const response = await fetch(stack().store.url, {
    method: 'POST',
    headers: { authorization: `Bearer ${stack().env.UPSTASH_REDIS_REST_TOKEN}` },
    body: JSON.stringify(command),
  });
  return ((await response.json()) as { result: T }).result;
}

const keysLike = (pattern: string) => store<string[]>('KEYS', pattern);
const evil = 'https://evil.example/callback';

let client: ReturnType<typeof oauthClient>;
let clientId: string;
let tokens: Tokens;

beforeAll(async () => {
  client = oauthClient(stack().serverUrl);
  clientId = await client.register();
  tokens = await client.tokens(clientId);
});

async function call(token: string, name = 'whoami') {
  const response = await fetch(stack().mcpUrl, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: {} } }),
  });
  return { status: response.status, text: await response.text() };
}

describe('whoever can write to the store', () => {
  it('cannot make an invented bearer token somebody', async () => {
    const token = 'an-invented-token-of-some-length';
    const issued = { clientId, scopes: ['mcp:read', 'mcp:admin'], expiresAt: Date.now() / 1000 + 3600 };
    await store('SET', `tok:${sha256(token)}`, JSON.stringify(issued));
    await store('SET', `tok:${sha256(token)}:user`, JSON.stringify({ sub: 'auth0|victim' }));
    expect((await call(token)).status).toBe(401);
  });

  it('cannot add a redirect URI to a client', async () => {
    const [key = ''] = await keysLike(`client:*:${clientId}`);
    const before = await store<string>('GET', key);
    await store('SET', key, before.replaceAll(redirectUri, evil));
    const response = await browserUser().visit(client.authorizationUrl(clientId, { redirect_uri: evil }));
    expect(response.status).toBe(400);
    expect(response.headers.get('location')).toBeNull();
    // The edited record counts as missing: the tenant was asked, and the client goes on.
    expect((await client.tokens(clientId)).access_token).toBeTruthy();
  });

  it('cannot put one client’s record in the place of another’s', async () => {
    const attacker = await client.register({ client_name: 'Attacker', redirect_uris: [evil] });
    const [from = ''] = await keysLike(`client:*:${attacker}`);
    const [to = ''] = await keysLike(`client:*:${clientId}`);
    await store('SET', to, await store<string>('GET', from));
    const response = await browserUser().visit(client.authorizationUrl(clientId, { redirect_uri: evil }));
    expect(response.status).toBe(400);
  });

  it('cannot give a grant a permission that was not granted', async () => {
    const [key = ''] = await keysLike('grants:*');
    const [grant = ''] = await store<string[]>('HGETALL', key);
    const vouch = { vouchedAtSeconds: Date.now() / 1000, subject: 'auth0|x', scopes: ['mcp:admin'] };
    for (const value of [JSON.stringify(vouch), `${'A'.repeat(22)}.${JSON.stringify(vouch)}`]) {
      await store('SET', `grant:${grant}`, value);
      expect((await call(tokens.access_token, 'server_status')).status).toBe(403);
    }
    await store('DEL', `grant:${grant}`);
  });

  it('learns no token, code or secret from what is there', async () => {
    const dump: string[] = [];
    for (const key of await keysLike('*')) {
      dump.push(key);
      const type = await store<string>('TYPE', key);
      if (type === 'string') dump.push(String(await store('GET', key)));
      else if (type === 'hash') dump.push(JSON.stringify(await store('HGETALL', key)));
      else if (type === 'stream') dump.push(JSON.stringify(await store('XRANGE', key, '-', '+')));
    }
    const text = dump.join('\n');
    expect(text).toContain(clientId);
    for (const secret of [tokens.access_token, tokens.refresh_token, stack().env.AUTH0_CLIENT_SECRET])
      expect(text).not.toContain(secret);
    expect(text).not.toContain('demo@example.com');
  });

  it('makes nobody somebody by emptying it: a token goes on, and the tenant is asked when that is due', async () => {
    await store('FLUSHALL');
    expect((await call(tokens.access_token)).status).toBe(200);
    expect((await client.refresh(clientId, tokens.refresh_token)).status).toBe(200);
  });
});
