import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endGrant } from '../../lib/access-token/standing.ts';
import { accessToken, grantIn, newApplication, other } from '../support/access-token.ts';
import { demoUser } from '../support/browser-user.ts';
import { configOf } from '../support/config.ts';
import { manageTenant } from '../support/manage-tenant.ts';
import { modern, poster } from '../support/mcp-request.ts';
import { useStack } from '../support/stack.ts';

const audience = 'https://api.example.com';
const stack = useStack({
  root: fileURLToPath(new URL('../mcp-server', import.meta.url)),
  instances: 2,
  downstream: { identifier: audience, scopes: ['orders:read', 'orders:refund'] },
});

/** The company's own API: it accepts the tenant's tokens for its own audience alone. */
let api: { url: string; seen: JWTPayload[]; presented: string[]; close(): Promise<void> };
let clientId: string;
let token: string;

/** A connection of the demo user, or of another one. */
const connection = (options: Parameters<typeof accessToken>[1] = {}) =>
  accessToken(stack(), { clientId, scope: 'mcp:read offline_access', ...options });

beforeAll(async () => {
  api = await startApi();
  for (const user of stack().tenant.users)
    user.permissions = [...(user.permissions ?? []), 'orders:read', 'orders:refund'];
  clientId = await newApplication(stack());
  token = await connection();
});
afterAll(() => api.close());

async function startApi() {
  const seen: JWTPayload[] = [];
  const presented: string[] = [];
  const server = createServer(async (request, response) => {
    const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
    presented.push(token);
    try {
      const keys = createRemoteJWKSet(new URL(`${stack().tenant.origin}/.well-known/jwks.json`));
      const { payload } = await jwtVerify(token, keys, { issuer: stack().tenant.issuer, audience });
      seen.push(payload);
      response.end(`orders of ${payload.sub}`);
    } catch {
      response.writeHead(401).end('refused');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/orders`, seen, presented, close };
}

/** What the tool answers, and whether as an error. */
async function listOrders(bearer = token, changes: Record<string, string> = {}) {
  const { last } = await poster(
    stack(),
    bearer,
  )(...modern('tools/call', { name: 'list_orders', arguments: { url: api.url, audience, ...changes } }));
  const [{ text = '' } = {}] = (last.result?.content ?? []) as { text?: string }[];
  return { text, isError: last.result?.isError === true };
}

const exchanges = () =>
  stack().tenant.requests.filter(({ method, path }) => method === 'POST' && path === '/oauth/token').length;

const userId = () => grantIn(stack(), token).subject;

describe('a tool that calls an API of the tenant as the user', () => {
  it('gets through: the API knows the user, and who acts for them', async () => {
    expect(await listOrders()).toEqual({ text: `200 orders of ${userId()}`, isError: false });
    expect(api.seen.at(-1)).toMatchObject({
      sub: userId(),
      aud: audience,
      scope: 'orders:read',
      act: { sub: 'LocalCustomApiClient000000000000', act: { sub: clientId } },
    });
  });

  it('asks the tenant once, whichever instances and how many calls at once', async () => {
    await listOrders();
    await stack().functions.idle();
    const before = exchanges();
    const answers = await Promise.all(Array.from({ length: 9 }, () => listOrders()));
    expect(answers.every(({ text }) => text.startsWith('200'))).toBe(true);
    expect(exchanges()).toBe(before);
    expect(new Set(api.presented.slice(-9)).size).toBe(1);
  });

  it('gets another token for other scopes', async () => {
    expect((await listOrders(undefined, { scope: 'orders:refund' })).text).toMatch(/^200/);
    expect(api.seen.at(-1)?.scope).toBe('orders:refund');
  });

  it('keeps neither token where anybody could read it', async () => {
    await stack().functions.idle();
    const [presented = ''] = api.presented.slice(-1);
    const stored = JSON.stringify(await everythingStored());
    expect(stored).toContain('grant-tokens:');
    expect(stored).not.toContain(presented);
    expect(JSON.stringify(stack().lines)).not.toContain(presented.split('.')[2]);
  });
});

describe('a refusal is words for the model', () => {
  it('when a permission is missing, with its name', async () => {
    const [user] = stack().tenant.users.filter(({ email }) => email === demoUser.email);
    const before = user?.permissions;
    if (user) user.permissions = (before ?? []).filter((each) => each !== 'orders:refund');
    const second = await connection();
    const { text, isError } = await listOrders(second, { scope: 'orders:refund' });
    if (user) user.permissions = before;
    expect(isError).toBe(true);
    expect(text).toContain('orders:refund');
    expect(text).toContain('administrator');
  });

  it('when the API is unknown, or this server may not call it', async () => {
    const { text, isError } = await listOrders(undefined, { audience: 'https://other.example.com' });
    expect([isError, text]).toEqual([
      true,
      expect.stringContaining('not set up to call https://other.example.com'),
    ]);
  });

  it('when the user did not let the client stay connected', async () => {
    const short = await connection({ scope: 'mcp:read' });
    const { text, isError } = await listOrders(short);
    expect([isError, text]).toEqual([true, expect.stringContaining('stay connected')]);
  });

  it('when the tenant is down', async () => {
    const fresh = await connection();
    stack().tenant.switches.faults = { '/oauth/token': { status: 503 } };
    const { text, isError } = await listOrders(fresh);
    stack().tenant.switches.faults = {};
    expect([isError, text]).toEqual([true, expect.stringContaining('does not answer')]);
  });
});

describe('attacks', () => {
  it('the token for the other API is no use here, and ours none there', async () => {
    const [presented = ''] = api.presented.slice(-1);
    expect((await poster(stack(), presented)(...modern('tools/list'))).status).toBe(401);
    const response = await fetch(api.url, { headers: { authorization: `Bearer ${token}` } });
    expect(response.status).toBe(401);
  });

  it('a connection that has ended gets no token, though one was kept for it', async () => {
    const ended = await connection();
    expect((await listOrders(ended)).text).toMatch(/^200/);
    const { id } = grantIn(stack(), ended);
    await stack().functions.idle();
    expect(JSON.stringify(await everythingStored())).toContain(`grant-tokens:${id}`);
    await endGrant(configOf(stack().env), id);
    expect(JSON.stringify(await everythingStored())).not.toContain(`grant-tokens:${id}`);
  });

  it('another user’s kept token, copied into one’s own place in the store, is not believed', async () => {
    const theirs = await connection({ user: other });
    await listOrders(theirs);
    const mine = await connection();
    await stack().functions.idle();
    const [from, to] = [theirs, mine].map((each) => `grant-tokens:${grantIn(stack(), each).id}`);
    const [field, value] = (await command(['HGETALL', from])) as string[];
    await command(['HSET', to, field, value]);
    expect(await listOrders(mine)).toEqual({
      text: `200 orders of ${userId()}`,
      isError: false,
    });
  });

  it('a blocked user gets no new token', async () => {
    const fresh = await connection();
    const manage = await manageTenant(stack());
    await manage('PATCH', `users/${encodeURIComponent(userId())}`, { blocked: true });
    const { text, isError } = await listOrders(fresh);
    await manage('PATCH', `users/${encodeURIComponent(userId())}`, { blocked: false });
    expect([isError, text]).toEqual([true, expect.stringContaining('connection has ended')]);
  });
});

async function command(words: unknown[]): Promise<unknown> {
  const response = await fetch(stack().store.url, {
    method: 'POST',
    headers: { authorization: `Bearer ${stack().env.UPSTASH_REDIS_REST_TOKEN}` },
    body: JSON.stringify(words),
  });
  return ((await response.json()) as { result: unknown }).result;
}

async function everythingStored(): Promise<unknown> {
  const [, keys] = (await command(['SCAN', '0', 'MATCH', 'grant-tokens:*', 'COUNT', '1000'])) as [
    string,
    string[],
  ];
  return Promise.all(keys.map(async (key) => [key, await command(['HGETALL', key])]));
}
