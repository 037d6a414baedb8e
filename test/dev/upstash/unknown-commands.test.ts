import { Redis } from '@upstash/redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Store } from '../../../dev/upstash/server.ts';
import { command, openStore, pipeline, TOKEN } from './stores.ts';

let store: Store;
beforeAll(async () => {
  store = await openStore('memory');
});
afterAll(() => store?.close());

const refusal = (name: string) =>
  `ERR unknown command '${name}': the in-memory store does not implement it. ` +
  'To use every Redis command, run: npm start -- --store redis';

describe('a command that the in-memory store lacks is refused by name, with what to do', () => {
  test.each([
    ['LPUSH', 'key', 'value'],
    ['GEOADD', 'key', '1', '2', 'member'],
    ['lrange', 'key', '0', '-1'],
    ['json.get', 'key'],
  ])('%s', async (...words) => {
    expect(await command(store, words)).toEqual({ error: refusal(words[0] ?? '') });
  });

  test('through the @upstash/redis client', async () => {
    const redis = new Redis({ url: store.url, token: TOKEN, enableTelemetry: false, retry: false });
    await expect(redis.lpush('key', 'value')).rejects.toThrow(refusal('lpush'));
    await expect(redis.multi().set('key', 'value').lpush('key', 'value').exec()).rejects.toThrow(
      `EXECABORT Transaction discarded because of previous errors. ${refusal('lpush')}`,
    );
  });

  test('in a pipeline, where the other commands run', async () => {
    const commands = [['SET', 'key', 'value'], ['LPUSH'], ['GET', 'key']];
    const replies = [{ result: 'OK' }, { error: refusal('LPUSH') }, { result: 'value' }];
    expect(await pipeline(store, commands)).toEqual(replies);
  });

  test('in a script', async () => {
    const { error } = await command(store, ['EVAL', 'return redis.call("LPUSH", "key", "value")', 0]);
    expect(error).toContain(refusal('LPUSH'));
  });

  test('a name of any length', async () => {
    expect((await command(store, ['X'.repeat(100_000)])).error?.length).toBeLessThan(400);
  });
});

test('an option that the in-memory store lacks is refused by name', async () => {
  expect(await command(store, ['ZRANGE', 'key', '-', '+', 'BYLEX'])).toEqual({
    error:
      'ERR ZRANGE BYLEX is not implemented by the in-memory store. ' +
      'To use every Redis command, run: npm start -- --store redis',
  });
});
