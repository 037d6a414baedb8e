import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { redisBackend } from '../../../dev/upstash/redis/backend.ts';
import { type Store, startStore } from '../../../dev/upstash/server.ts';
import { ensureCommand } from '../../support/debian-package.ts';
import { startRedis } from '../../support/redis-server.ts';
import { command, openStore, request, TOKEN } from './stores.ts';

describe('simulated faults', () => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore('memory');
  });
  afterAll(() => store?.close());
  afterEach(() => {
    Object.assign(store.faults, { outage: 'none', delayMs: 0, subscriptions: 'live' });
  });

  const patch = (body: unknown) =>
    request(store, '/_local/faults', { method: 'PATCH', body: JSON.stringify(body) });

  test('unavailable answers 503 and executes nothing', async () => {
    store.faults.outage = 'unavailable';
    const response = await request(store, '/set/k/v');
    expect([response.status, await response.json()]).toEqual([503, { error: 'ERR service unavailable' }]);
    store.faults.outage = 'none';
    expect(await command(store, ['EXISTS', 'k'])).toEqual({ result: 0 });
  });

  test('refused resets the connection', async () => {
    store.faults.outage = 'refused';
    await expect(request(store, '/ping')).rejects.toThrow('fetch failed');
  });

  test.each([
    ['failing', 500],
    ['limited', 429],
  ] as const)('%s answers %i and executes nothing', async (outage, status) => {
    store.faults.outage = outage;
    expect((await request(store, `/set/${outage}/v`)).status).toBe(status);
    store.faults.outage = 'none';
    expect(await command(store, ['EXISTS', outage])).toEqual({ result: 0 });
  });

  test('lost executes and resets the connection; cut executes and sends half of the answer', async () => {
    store.faults.outage = 'lost';
    await expect(request(store, '/incr/counted')).rejects.toThrow('fetch failed');
    store.faults.outage = 'cut';
    expect(await (await request(store, '/incr/counted')).text()).toBe('{"resu');
    store.faults.outage = 'none';
    expect(await command(store, ['GET', 'counted'])).toEqual({ result: '2' });
  });

  test('unplugged, connections are refused until it is back, with all its data', async () => {
    await command(store, ['SET', 'kept', 'v']);
    const putBack = await store.unplug();
    const outcome = await request(store, '/ping').catch(({ message }) => message);
    await putBack();
    expect(outcome).toBe('fetch failed');
    expect(await command(store, ['GET', 'kept'])).toEqual({ result: 'v' });
  });

  test('an intercepted request can be dropped before it is executed', async () => {
    store.intercept = async () => 'drop';
    await expect(request(store, '/set/dropped/v')).rejects.toThrow('fetch failed');
    store.intercept = undefined;
    expect(await command(store, ['EXISTS', 'dropped'])).toEqual({ result: 0 });
  });

  test('hanging never answers', async () => {
    store.faults.outage = 'hanging';
    await expect(request(store, '/ping', { signal: AbortSignal.timeout(80) })).rejects.toThrow('timeout');
  });

  test('a delay applies to each answer', async () => {
    store.faults.delayMs = 60;
    const start = performance.now();
    await request(store, '/ping');
    expect(performance.now() - start).toBeGreaterThan(55);
  });

  test('closed ends all streams, including new ones', async () => {
    const stream = await request(store, '/subscribe/c');
    store.faults.subscriptions = 'closed';
    expect(await stream.text()).toBe('data: subscribe,c,1\n\n');
    expect(await (await request(store, '/subscribe/c')).text()).toBe('data: subscribe,c,1\n\n');
  });

  test('silent keeps streams open and drops messages', async () => {
    const stream = await request(store, '/subscribe/c');
    store.faults.subscriptions = 'silent';
    await command(store, ['PUBLISH', 'c', 'lost']);
    store.faults.subscriptions = 'live';
    await command(store, ['PUBLISH', 'c', 'heard']);
    store.faults.subscriptions = 'closed';
    expect(await stream.text()).toBe('data: subscribe,c,1\n\ndata: message,c,heard\n\n');
  });

  test('can be read and changed over HTTP, even during an outage', async () => {
    expect(await (await patch({ outage: 'hanging', delayMs: 5 })).json()).toEqual({
      outage: 'hanging',
      delayMs: 5,
      subscriptions: 'live',
    });
    expect(store.faults).toMatchObject({ outage: 'hanging', delayMs: 5 });
    expect((await patch({ outage: 'none' })).status).toBe(200);
    expect(await (await request(store, '/_local/faults')).json()).toMatchObject({ outage: 'none' });
    expect((await fetch(`${store.url}/_local/faults`)).status).toBe(401);
  });

  test.each([{ outage: 'flood' }, { delayMs: -1 }, { colour: 'red' }, 'x', null])(
    'the change %j is refused',
    async (body) => {
      const response = await patch(body);
      expect(response.status).toBe(400);
      expect(store.faults).toMatchObject({ outage: 'none', delayMs: 0 });
    },
  );
});

// A test's own time is too short to install it in.
beforeAll(() => ensureCommand('redis-server', 'redis-server'));

test('when its Redis stops, requests fail immediately with 503', async () => {
  const redis = await startRedis();
  const store = await startStore({ port: 0, token: TOKEN, backend: redisBackend(redis.url) });
  try {
    expect((await request(store, '/ping')).status).toBe(200);
    await redis.close();
    for (const path of ['/ping', '/subscribe/c']) expect((await request(store, path)).status).toBe(503);
    const body = JSON.stringify([['PING'], ['PING']]);
    expect((await request(store, '/multi-exec', { method: 'POST', body })).status).toBe(503);
  } finally {
    await store.close();
  }
});

test('the store does not start without a reachable Redis', async () => {
  const redis = await startRedis();
  await redis.close();
  await expect(startStore({ port: 0, token: TOKEN, backend: redisBackend(redis.url) })).rejects.toThrow();
});

test('a port in use is reported by its error code', async () => {
  const first = await openStore('memory');
  const port = Number(new URL(first.url).port);
  const { memoryBackend } = await import('../../../dev/upstash/memory/backend.ts');
  const second = startStore({ port, token: TOKEN, backend: memoryBackend() });
  await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await first.close();
});
