import { Redis } from '@upstash/redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Store } from '../../../dev/upstash/server.ts';
import { eventually } from '../../support/eventually.ts';
import { BACKENDS, command, openStore, request, TOKEN } from './stores.ts';

describe.each(BACKENDS)('subscriptions on the %s backend', (name) => {
  let store: Store;
  let redis: Redis;
  beforeAll(async () => {
    store = await openStore(name);
    redis = new Redis({ url: store.url, token: TOKEN, enableTelemetry: false });
  });
  afterAll(() => store?.close());

  const receivers = async (channel: string) => (await command(store, ['PUBLISH', channel, 'x'])).result;

  test("the client's subscribe receives messages in order, until it unsubscribes", async () => {
    const subscriber = redis.subscribe<{ n: number }>('room:1');
    const messages: unknown[] = [];
    subscriber.on('message', ({ channel, message }) => messages.push([channel, message]));
    await new Promise<void>((resolve) => subscriber.on('subscribe', () => resolve()));
    for (const n of [1, 2, 3]) expect(await redis.publish('room:1', { n })).toBe(1);
    expect(await redis.publish('room:2', { n: 9 })).toBe(0);
    const expected = [1, 2, 3].map((n) => ['room:1', { n }]);
    await eventually(() => expect(messages).toEqual(expected));
    await subscriber.unsubscribe();
    await eventually(async () => expect(await receivers('room:1')).toBe(0));
  });

  test("the client's psubscribe receives the channel with the message", async () => {
    const subscriber = redis.psubscribe<string>('room:*');
    const messages: unknown[] = [];
    subscriber.on('pmessage', (data) => messages.push(data));
    await new Promise<void>((resolve) => subscriber.on('psubscribe', () => resolve()));
    await redis.publish('hall:1', 'x');
    await redis.publish('room:7', { a: 'é' });
    await eventually(() =>
      expect(messages).toEqual([{ pattern: 'room:*', channel: 'room:7', message: { a: 'é' } }]),
    );
    await subscriber.unsubscribe();
  });

  test('every subscriber is served and counted', async () => {
    const streams = await Promise.all([1, 2].map(() => request(store, '/subscribe/many')));
    await eventually(async () => expect(await receivers('many')).toBe(2));
    await Promise.all(streams.map((stream) => stream.body?.cancel()));
    await eventually(async () => expect(await receivers('many')).toBe(0));
  });

  test('the stream has one event for the subscription and one for each message', async () => {
    const stream = await request(store, '/subscribe/wire', { headers: { accept: 'text/event-stream' } });
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    await command(store, ['PUBLISH', 'wire', 'a,b']);
    let text = '';
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    while (!text.includes('message')) text += (await reader?.read())?.value ?? '';
    expect(text).toBe('data: subscribe,wire,1\n\ndata: message,wire,a,b\n\n');
    await reader?.cancel();
  });

  test('a subscription needs the token and one channel', async () => {
    expect((await fetch(`${store.url}/subscribe/c`)).status).toBe(401);
    for (const path of ['/subscribe', '/subscribe/', '/subscribe/a/b']) {
      expect((await request(store, path)).status).toBe(400);
    }
  });
});
