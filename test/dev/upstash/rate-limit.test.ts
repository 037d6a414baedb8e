import { Ratelimit } from '@upstash/ratelimit';
import { Redis } from '@upstash/redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Store } from '../../../dev/upstash/server.ts';
import { eventually } from '../../support/eventually.ts';
import { BACKENDS, openStore, TOKEN } from './stores.ts';

const LIMITERS = {
  fixedWindow: Ratelimit.fixedWindow(2, '1 h'),
  slidingWindow: Ratelimit.slidingWindow(2, '1 h'),
  tokenBucket: Ratelimit.tokenBucket(2, '1 h', 2),
};

describe.each(BACKENDS)('@upstash/ratelimit on the %s backend', (name) => {
  let store: Store;
  let redis: Redis;
  beforeAll(async () => {
    store = await openStore(name);
    redis = new Redis({ url: store.url, token: TOKEN, enableTelemetry: false });
  });
  afterAll(() => store?.close());

  test.each(Object.entries(LIMITERS))('%s allows two of three requests', async (prefix, limiter) => {
    const limit = new Ratelimit({ redis, limiter, prefix, ephemeralCache: false });
    const outcomes = [];
    for (let i = 0; i < 3; i++) outcomes.push((await limit.limit('someone')).success);
    expect(outcomes).toEqual([true, true, false]);
    expect((await limit.limit('someone else')).success).toBe(true);
    expect(await limit.getRemaining('someone')).toMatchObject({ remaining: 0, limit: 2 });
    await limit.resetUsedTokens('someone');
    expect((await limit.limit('someone')).success).toBe(true);
  });

  test('a new window allows the next request', async () => {
    const limiter = Ratelimit.tokenBucket(1, '50 ms', 1);
    const limit = new Ratelimit({ redis, limiter, prefix: 'short', ephemeralCache: false });
    expect((await limit.limit('x')).success).toBe(true);
    expect((await limit.limit('x')).success).toBe(false);
    await eventually(async () => expect((await limit.limit('x')).success).toBe(true));
  });

  test('one request counts as one command, once the script is known', async () => {
    const limit = new Ratelimit({
      redis,
      limiter: LIMITERS.fixedWindow,
      prefix: 'counted',
      ephemeralCache: false,
    });
    await limit.limit('x');
    store.resetCounts();
    await limit.limit('x');
    expect([store.commands, store.requests]).toEqual([1, 1]);
  });
});
