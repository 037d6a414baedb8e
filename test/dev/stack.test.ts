import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { startStack } from '../../dev/stack.ts';
import { eventually } from '../support/eventually.ts';
import { freePorts } from '../support/free-ports.ts';
import { useStack } from '../support/stack.ts';

const stack = useStack({ instances: 2, env: { MAX_CLIENTS: '7', CRON_SECRET: undefined } });

test('functions, tenant and store have their own ports and are connected', async () => {
  const { serverUrl, mcpUrl, tenant, store, env } = stack();
  expect(new Set([serverUrl, tenant.origin, store.url].map((url) => new URL(url).port)).size).toBe(3);
  expect(mcpUrl).toBe(`${serverUrl}/mcp`);
  expect(env).toMatchObject({
    SERVER_URL: serverUrl,
    AUTH0_DOMAIN: tenant.origin,
    UPSTASH_REDIS_REST_URL: store.url,
    MAX_CLIENTS: '7',
  });
  expect(env.CRON_SECRET).toBeUndefined();
  const health = await (await fetch(`${serverUrl}/health`)).json();
  expect(health).toMatchObject({ configuration: 'complete', store: 'reachable', tenant: 'reachable' });
});

test('every answered request becomes a line, whatever answered it', async () => {
  const { serverUrl, tenant, lines } = stack();
  await fetch(`${serverUrl}/health`);
  await fetch(`${serverUrl}/nowhere`);
  await fetch(`${tenant.origin}/.well-known/jwks.json`);
  await eventually(() =>
    expect(lines).toContainEqual(expect.objectContaining({ from: 'function', path: '/health', status: 200 })),
  );
  expect(lines).toContainEqual(expect.objectContaining({ from: 'platform', path: '/nowhere', status: 404 }));
  expect(lines).toContainEqual(expect.objectContaining({ from: 'auth0', path: '/.well-known/jwks.json' }));
});

describe('a start that fails leaves every port free again', () => {
  test('when Redis does not answer', async () => {
    const port = await freePorts();
    const start = startStack({ port, store: 'redis', redisUrl: 'redis://:secret@127.0.0.1:1' });
    await expect(start).rejects.toThrow(/^The Redis at REDIS_URL does not answer$/);
    await expectFree(port);
  });

  test('when a port is in use', async () => {
    const port = await freePorts();
    const holder = createServer().listen(port + 2, '127.0.0.1');
    await once(holder, 'listening');
    await expect(startStack({ port })).rejects.toMatchObject({ code: 'EADDRINUSE', port: port + 2 });
    await once(holder.close(), 'close');
    await expectFree(port);
  });
});

async function expectFree(port: number): Promise<void> {
  const stack = await startStack({ port });
  expect(stack.serverUrl).toBe(`http://localhost:${port}`);
  await stack.close();
}
