import { beforeEach, describe, expect, it } from 'vitest';
import { OAuthError } from '../../../lib/http/errors.ts';
import { addressOf, type Limited, limit } from '../../../lib/store/rate-limit.ts';
import { type InstanceContext, useInstances } from '../../support/instances.ts';

const running = useInstances();

beforeEach(async () => {
  const { store, emptyStore } = running();
  Object.assign(store.faults, { outage: 'none', delayMs: 0 });
  await emptyStore();
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

  it('costs two commands', async () => {
    const { instance, store } = running();
    const context = instance();
    await limit(context, from('192.0.2.6'), 'token');
    store.resetCounts();
    await limit(context, from('192.0.2.6'), 'token');
    expect(store.commands).toBe(2);
  });

  it.each(['refused', 'unavailable'] as const)('passes everyone while the store is %s', async (outage) => {
    const { instance, store } = running();
    store.faults.outage = outage;
    expect(await passing(instance(), 25, 'create', () => '192.0.2.7')).toBe(25);
  });

  it('passes everyone, soon, while the store is silent', async () => {
    const { instance, store } = running();
    store.faults.outage = 'hanging';
    const started = Date.now();
    await limit(instance(), from('192.0.2.8'), 'create');
    expect(Date.now() - started).toBeLessThan(1200);
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
