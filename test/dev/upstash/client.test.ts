import { Redis } from '@upstash/redis';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Store } from '../../../dev/upstash/server.ts';
import { BACKENDS, command, openStore, TOKEN } from './stores.ts';

const CLIENTS = [
  { automaticDeserialization: true, responseEncoding: 'base64' },
  { automaticDeserialization: true, responseEncoding: false },
  { automaticDeserialization: false, responseEncoding: 'base64' },
  { automaticDeserialization: false, responseEncoding: false },
] as const;

describe.each(BACKENDS)('the @upstash/redis client on the %s backend', (name) => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore(name);
  });
  afterAll(() => store?.close());
  beforeEach(() => command(store, ['FLUSHALL']));

  const client = (options: (typeof CLIENTS)[number] = CLIENTS[0]) =>
    new Redis({ url: store.url, token: TOKEN, enableTelemetry: false, retry: false, ...options });

  test.each(CLIENTS)('reads what it wrote: %j', async (options) => {
    const redis = client(options);
    const expected = (value: object) => (options.automaticDeserialization ? value : JSON.stringify(value));
    const value = { text: 'é✓', list: [1, null] };
    expect(await redis.set('k', value, { ex: 100 })).toBe('OK');
    expect(await redis.get('k')).toEqual(expected(value));
    expect(await redis.get('absent')).toBeNull();
    expect(await redis.mget('k', 'absent')).toEqual([expected(value), null]);
    expect(await redis.getex('k', { ex: 50 })).toEqual(expected(value));
    expect(await redis.ttl('k')).toBe(50);
  });

  test.each(CLIENTS)('explicit pipelines and transactions keep their order: %j', async (options) => {
    const redis = client(options);
    const number = (n: number) => (options.automaticDeserialization ? n : String(n));
    for (const batch of [redis.pipeline(), redis.multi()]) {
      const replies = await batch.del('n').set('n', 1).get('n').incrby('n', 4).get('n').exec();
      expect(replies.slice(1)).toEqual(['OK', number(1), 5, number(5)]);
    }
  });

  test('one failed command does not hide the others with keepErrors', async () => {
    const replies = await client().pipeline().set('k', 'text').incr('k').get('k').exec({ keepErrors: true });
    const failure = 'ERR value is not an integer or out of range';
    expect(replies.map(({ result, error }) => error ?? result)).toEqual(['OK', failure, 'text']);
  });

  test('hashes, sets, sorted sets and streams are parsed correctly', async () => {
    const redis = client();
    await redis.hset('h', { a: 1, b: 'x' });
    expect(await redis.hgetall('h')).toEqual({ a: 1, b: 'x' });
    await redis.sadd('s', 'x');
    expect(await redis.smembers('s')).toEqual(['x']);
    await redis.zadd('z', { score: 2, member: 'y' }, { score: 1, member: 'x' });
    expect(await redis.zrange('z', 0, '+inf', { byScore: true, withScores: true })).toEqual(['x', 1, 'y', 2]);
    await redis.xadd(
      'e',
      '1-1',
      { data: { a: 1 } },
      { trim: { type: 'MAXLEN', threshold: 9, comparison: '=' } },
    );
    expect(await redis.xrange('e', '-', '+')).toEqual({ '1-1': { data: { a: 1 } } });
    expect(await redis.scan(0, { match: 'h', count: 100 })).toEqual(['0', ['h']]);
  });

  test('a script runs by its SHA-1, after one EVAL', async () => {
    const script = client().createScript<number>('return redis.call("INCRBY", KEYS[1], ARGV[1])');
    expect(await script.exec(['n'], ['2'])).toBe(2);
    expect(await script.exec(['n'], ['3'])).toBe(5);
  });

  test('a wrong token and a refused command throw', async () => {
    const stranger = new Redis({ url: store.url, token: 'wrong', enableTelemetry: false, retry: false });
    await expect(stranger.get('k')).rejects.toThrow('WRONGPASS');
    await client().hset('h', { f: 1 });
    await expect(client().get('h')).rejects.toThrow('WRONGTYPE');
  });
});
