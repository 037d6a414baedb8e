import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OAuthError } from '../../../lib/http/errors.ts';
import { addressOf, type Limited, limit, limited } from '../../../lib/store/rate-limit.ts';
import { inBatch } from '../../../lib/store/redis.ts';
import { type InstanceContext, useInstances } from '../../support/instances.ts';

const running = useInstances();

const now = 1_800_000_000_000;

beforeEach(async () => {
  // The start of a minute and of an hour, so that no window ends during a test.
  vi.useFakeTimers({ toFake: ['Date'], now });
  const { store, emptyStore } = running();
  Object.assign(store.faults, { outage: 'none', delayMs: 0 });
  await emptyStore();
});
afterEach(() => {
  vi.useRealTimers();
});

const from = (address: string) =>
  new Request('https://mcp.example.com/register', { headers: { 'x-real-ip': address } });

/** How many of `count` requests pass. */
async function passing(
  context: InstanceContext,
  count: number,
  what: Limited,
  address: (n: number) => string,
) {
  let passed = 0;
  for (let n = 0; n < count; n++)
    await limit(context, from(address(n)), what).then(
      () => passed++,
      (error) => expect(error).toBeInstanceOf(OAuthError),
    );
  return passed;
}

describe('a rate limit', () => {
  it('stops one address, at every instance, and lets others pass', async () => {
    const { instance } = running();
    expect(await passing(instance(), 20, 'create', () => '192.0.2.1')).toBe(20);
    expect(await passing(instance(), 3, 'create', () => '192.0.2.1')).toBe(0);
    expect(await passing(instance(), 3, 'create', () => '192.0.2.2')).toBe(3);
  });

  it('stops a flood from many addresses', async () => {
    const { instance } = running();
    const passed = await passing(instance(), 230, 'create', (n) => `192.0.2.${n}`);
    expect(passed).toBe(200);
  });

  it('answers 429 with the seconds to wait', async () => {
    const context = running().instance();
    await passing(context, 20, 'create', () => '192.0.2.3');
    const error = await limit(context, from('192.0.2.3'), 'create').catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'temporarily_unavailable', status: 429 });
    expect(error.retryAfterSeconds).toBeGreaterThan(0);
    expect(error.retryAfterSeconds).toBeLessThanOrEqual(3600);
  });

  it.each(['127.0.0.1', '::1'])('lets %s make as many applications as all may together', async (address) => {
    const context = running().instance();
    expect(await passing(context, 30, 'create', () => address)).toBe(30);
    expect(await passing(context, 301, 'register', () => address)).toBe(300);
  });

  it('cannot be used up for everyone by one address alone', async () => {
    const context = running().instance();
    await passing(context, 250, 'create', () => '192.0.2.10');
    expect(await passing(context, 3, 'create', () => '192.0.2.11')).toBe(3);
  });

  it('counts each kind of request by itself', async () => {
    const { instance } = running();
    await passing(instance(), 20, 'create', () => '192.0.2.4');
    expect(await passing(instance(), 3, 'token', () => '192.0.2.4')).toBe(3);
  });

  it('remembers an address over its limit without asking the store', async () => {
    const { instance, store } = running();
    const context = instance();
    await passing(context, 21, 'create', () => '192.0.2.5');
    store.resetCounts();
    expect(await passing(context, 5, 'create', () => '192.0.2.5')).toBe(0);
    expect(store.commands).toBe(0);
  });

  it.each(['token', 'create'] as const)('costs one command, here for %s', async (what) => {
    const { instance, store } = running();
    const context = instance();
    await limit(context, from('192.0.2.6'), what);
    store.resetCounts();
    await limit(context, from('192.0.2.6'), what);
    // A script is one command, and one more for each that it runs: count what travels.
    expect(store.requests).toBe(1);
  });

  it('shares its round trip with what the work reads first', async () => {
    const { instance, store } = running();
    const context = instance();
    store.resetCounts();
    const read = await limited(context, from('192.0.2.20'), 'token', () =>
      inBatch<[string | null]>(context.config, (pipeline) => pipeline.get('a-client')),
    );
    expect(read).toEqual([null]);
    expect(store.requests).toBe(1);
  });

  it('that is known to be exceeded starts no work', async () => {
    const context = running().instance();
    await passing(context, 31, 'lookup', () => '192.0.2.21');
    let started = false;
    const work = async () => {
      started = true;
    };
    const error = await limited(context, from('192.0.2.21'), 'lookup', work).catch((thrown) => thrown);
    expect(error).toMatchObject({ status: 429 });
    expect(started).toBe(false);
  });

  it('that is found exceeded hands nothing of the work out', async () => {
    const { instance } = running();
    await passing(instance(), 30, 'lookup', () => '192.0.2.22');
    const outcome = limited(instance(), from('192.0.2.22'), 'lookup', async () => 'the work’s result');
    await expect(outcome).rejects.toMatchObject({ status: 429 });
  });

  it.each([
    ['register', 300],
    ['authorize', 300],
    ['token', 600],
  ] as const)('on %s stops an address, and no number of them stops the others', async (what, perAddress) => {
    const { instance } = running();
    const context = instance();
    for (let last = 101; last <= 111; last++) {
      const address = from(`192.0.2.${last}`);
      await Promise.all(Array.from({ length: perAddress }, () => limit(context, address, what)));
    }
    expect(await passing(context, 1, what, () => '192.0.2.101')).toBe(0);
    expect(await passing(instance(), 3, what, () => '192.0.2.120')).toBe(3);
  });

  it('slides: half a window later half of what was used counts still', async () => {
    const { instance } = running();
    expect(await passing(instance(), 30, 'lookup', () => '192.0.2.30')).toBe(30);
    vi.setSystemTime(now + 60_000 + 30_000);
    expect(await passing(instance(), 31, 'lookup', () => '192.0.2.30')).toBe(15);
    vi.setSystemTime(now + 4 * 60_000);
    expect(await passing(instance(), 31, 'lookup', () => '192.0.2.30')).toBe(30);
  });

  it.each(['refused', 'unavailable'] as const)('passes everyone while the store is %s', async (outage) => {
    const { instance, store } = running();
    store.faults.outage = outage;
    expect(await passing(instance(), 25, 'create', () => '192.0.2.7')).toBe(25);
  });

  it('passes everyone while the store is silent, after one wait that it shares with the reads', async () => {
    const { instance, store } = running();
    const context = instance();
    const read = () => inBatch(context.config, (pipeline) => pipeline.get('a')).catch(() => 'unknown');
    store.faults.outage = 'hanging';
    const started = performance.now();
    expect(await limited(context, from('192.0.2.8'), 'token', read)).toBe('unknown');
    // Less than the 2.7 s that a limit and a read took one after the other.
    expect(performance.now() - started).toBeLessThan(2_500);
    const again = performance.now();
    await limit(context, from('192.0.2.8'), 'create');
    expect(await limited(context, from('192.0.2.8'), 'token', read)).toBe('unknown');
    expect(performance.now() - again).toBeLessThan(1_000);
  });
});

describe('the caller’s address', () => {
  it.each<[string, Record<string, string>, string]>([
    ['is what the platform says', { 'x-real-ip': '192.0.2.1', 'x-forwarded-for': '192.0.2.9' }, '192.0.2.1'],
    ['is the first that was forwarded', { 'x-forwarded-for': '192.0.2.9, 10.0.0.1' }, '192.0.2.9'],
    ['is a network of 64 bits in IPv6', { 'x-real-ip': '2001:db8:1:2:3:4:5:6' }, '2001:db8:1:2::/64'],
    ['is the same network written in short', { 'x-real-ip': '2001:db8:1:2::9' }, '2001:db8:1:2::/64'],
    ['is the same network written out', { 'x-real-ip': '2001:0DB8:0001:0002::9' }, '2001:db8:1:2::/64'],
    ['has its zeros filled in', { 'x-real-ip': '2001:db8::9' }, '2001:db8:0:0::/64'],
    ['may be IPv6 loopback', { 'x-real-ip': '::1' }, '0:0:0:0::/64'],
    ['is the IPv4 address that is mapped', { 'x-real-ip': '::ffff:192.0.2.1' }, '192.0.2.1'],
    ['is unknown when nothing is said', {}, 'unknown'],
    ['is unknown when nonsense is said', { 'x-real-ip': 'a:b:*' }, 'unknown'],
  ])('%s', (_, headers, address) => {
    expect(addressOf(new Request('https://mcp.example.com/', { headers }))).toBe(address);
  });
});
