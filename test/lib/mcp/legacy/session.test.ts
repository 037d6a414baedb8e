import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createSession, endSession, setLogLevel, useSession } from '../../../../lib/mcp/legacy/session.ts';
import { sessionKey, sessionsKey, subscriptionsKey } from '../../../../lib/store/keys.ts';
import { withStore } from '../../../../lib/store/redis.ts';
import { type TestStore, useStore } from '../../../support/store.ts';

const running = useStore();
let store: TestStore['store'];
let config: TestStore['config'];
beforeAll(() => {
  ({ store, config } = running());
});
afterEach(() => {
  vi.useRealTimers();
});

const params = {
  protocolVersion: '2025-11-25',
  capabilities: { elicitation: {} },
  clientInfo: { name: 'x' },
};
const redis = <T>(...command: [string, ...(string | number)[]]) =>
  withStore(config, (client) => client.exec<T>(command));

let principals = 0;
const newPrincipal = () => `principal-${++principals}`;
const create = async (principal: string, initialize: Record<string, unknown> = params) =>
  (await createSession(config, principal, initialize)) ?? '';
const use = (principal: string, id?: string) => useSession(config, principal, id);
const createMany = async (principal: string, count: number) => {
  const ids: string[] = [];
  for (let each = 0; each < count; each++) ids.push(await create(principal));
  return ids;
};

/** Stops this process's clock, which is the store's too. `pass` moves it forward. */
const simulateTime = () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  return { pass: (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1_000) };
};

describe('a session', () => {
  test("holds its client's initialize params, and is found by its id or as the newest", async () => {
    const principal = newPrincipal();
    await create(principal);
    await new Promise((resolve) => setTimeout(resolve, 2));
    const id = await create(principal);
    const session = await use(principal, id);
    expect(session).toMatchObject({ id, initialize: params });
    expect(await use(principal)).toEqual(session);
  });

  test.each(['its id', 'no id'])(
    'lives ten minutes from its first use and an hour from the next, by %s',
    async (by) => {
      const { pass } = simulateTime();
      const principal = newPrincipal();
      const id = await create(principal);
      const asked = by === 'its id' ? id : undefined;
      for (const seconds of [595, 595, 3_595, 3_595]) {
        pass(seconds);
        expect((await use(principal, asked))?.id).toBe(id);
      }
      pass(3_605);
      expect(await use(principal, asked)).toBeUndefined();
    },
  );

  test.each([0, 1])('that was used %i times is gone after ten minutes', async (uses) => {
    const { pass } = simulateTime();
    const principal = newPrincipal();
    const id = await create(principal);
    for (let use_ = 0; use_ < uses; use_++) await use(principal, id);
    pass(605);
    expect(await use(principal, id)).toBeUndefined();
    expect(await use(principal)).toBeUndefined();
  });

  test('lives a day at most, however much it is used', async () => {
    const { pass } = simulateTime();
    const principal = newPrincipal();
    const id = await create(principal);
    await use(principal, id);
    for (let halfHours = 0; halfHours < 47; halfHours++) {
      pass(halfHours === 0 ? 300 : 1_800);
      expect(await use(principal, id)).toBeDefined();
    }
    pass(3_590);
    expect(await use(principal, id)).toBeUndefined();
    expect(await use(principal)).toBeUndefined();
    expect(await redis<number>('EXISTS', sessionKey(principal, id))).toBe(0);
  });

  test('leaves nothing in the store an hour after the last use', async () => {
    const { pass } = simulateTime();
    const principal = newPrincipal();
    const ids = await createMany(principal, 3);
    for (let round = 0; round < 2; round++) for (const id of ids) await use(principal, id);
    pass(3_601);
    const keys = [sessionsKey(principal), ...ids.map((id) => sessionKey(principal, id))];
    expect(await redis<number>('EXISTS', ...keys)).toBe(0);
  });

  test('that expired is skipped: the next newest is recovered', async () => {
    const principal = newPrincipal();
    const older = await create(principal);
    await new Promise((resolve) => setTimeout(resolve, 2));
    const newer = await create(principal);
    await redis('DEL', sessionKey(principal, newer));
    expect((await use(principal))?.id).toBe(older);
  });

  test('is recovered if it is the newest, even if another one was used since', async () => {
    const principal = newPrincipal();
    const older = await create(principal);
    await new Promise((resolve) => setTimeout(resolve, 2));
    const newer = await create(principal);
    await use(principal, older);
    await use(principal, older);
    expect((await use(principal))?.id).toBe(newer);
  });

  test("is found only under its own principal's hash", async () => {
    const [principal, stranger] = [newPrincipal(), newPrincipal()];
    const id = await create(principal);
    expect(await use(stranger, id)).toBeUndefined();
    expect(await use(stranger)).toBeUndefined();
    expect(await endSession(config, stranger, id)).toBe(false);
    expect(await use(principal, id)).toBeDefined();
  });

  test('keeps its log level, and is not revived by it once it has ended', async () => {
    const principal = newPrincipal();
    const id = await create(principal);
    await setLogLevel(config, principal, id, 'error');
    expect((await use(principal, id))?.logLevel).toBe('error');
    expect(await endSession(config, principal, id)).toBe(true);
    await setLogLevel(config, principal, id, 'debug');
    expect(await use(principal, id)).toBeUndefined();
    expect(await redis<number>('EXISTS', sessionKey(principal, id))).toBe(0);
  });

  test.each(['', 'not json', '{}', '{"protocolVersion":1}', '[]', 'null'])(
    'whose record is %j does not exist',
    async (record) => {
      const principal = newPrincipal();
      const id = await create(principal);
      await redis('HSET', sessionKey(principal, id), 'initialize', record);
      expect(await use(principal, id)).toBeUndefined();
    },
  );

  test('costs one command to open and one to use', async () => {
    const principal = newPrincipal();
    const ids = await createMany(principal, 79);
    for (const work of [() => create(principal), () => use(principal, ids[5]), () => use(principal)]) {
      store.resetCounts();
      await work();
      expect([store.requests, store.commands]).toEqual([1, 1]);
    }
  });
});

describe('of the sessions of one principal', () => {
  test('64 windows that call in turn for an hour never lose their sessions', async () => {
    const { pass } = simulateTime();
    const principal = newPrincipal();
    const windows = await createMany(principal, 64);
    for (let minute = 0; minute <= 60; minute += 6) {
      for (const id of windows) expect((await use(principal, id))?.id).toBe(id);
      pass(6 * 60);
    }
  });

  test('64 windows that call every half hour never lose theirs to a client that initializes for every call', async () => {
    const { pass } = simulateTime();
    const principal = newPrincipal();
    const windows = await createMany(principal, 64);
    for (const id of windows) await use(principal, id);
    for (const id of windows) await use(principal, id);
    for (let halfHour = 0; halfHour < 3; halfHour++) {
      for (let call = 0; call < 90; call++) {
        await create(principal);
        await use(principal);
        pass(20);
      }
      for (const id of windows) expect((await use(principal, id))?.id).toBe(id);
    }
  });

  test('those beyond the maximum are removed with their data, the least recently used first', async () => {
    const { pass } = simulateTime();
    const principal = newPrincipal();
    const ids: string[] = [];
    for (let each = 0; each < 80; each++) {
      pass(1);
      ids.push(await create(principal));
    }
    const [used = '', removed = ''] = ids;
    await use(principal, used);
    await redis('SADD', subscriptionsKey(principal, removed), 'note://x');
    pass(1);
    await create(principal);
    expect(await redis<number>('ZCARD', sessionsKey(principal))).toBe(80);
    expect(await use(principal, used)).toBeDefined();
    expect(await use(principal, removed)).toBeUndefined();
    const keys = [sessionKey(principal, removed), subscriptionsKey(principal, removed)];
    expect(await redis<number>('EXISTS', ...keys)).toBe(0);
  });

  test('expired ones are removed before any other', async () => {
    const { pass } = simulateTime();
    const principal = newPrincipal();
    const kept = await create(principal);
    await use(principal, kept);
    await createMany(principal, 79);
    pass(300);
    await use(principal, kept);
    pass(305);
    await createMany(principal, 79);
    expect(await use(principal, kept)).toBeDefined();
    expect(await redis<number>('ZCARD', sessionsKey(principal))).toBe(80);
  });

  test('the store holds at most 256 KiB, however much the clients send', async () => {
    const principal = newPrincipal();
    const used = await create(principal);
    for (let round = 0; round < 2; round++) await use(principal, used);
    const letters = ['x', '\u20ac', '"'];
    for (let each = 0; each < 30; each++) {
      const filling = letters[each % 3]?.repeat(10_000);
      await create(principal, { ...params, clientInfo: { name: 'x', filling } });
    }
    let bytes = 0;
    const ids = await redis<string[]>('ZRANGE', sessionsKey(principal), 0, -1);
    for (const id of ids)
      bytes += Buffer.byteLength(await redis<string>('HGET', sessionKey(principal, id), 'initialize'));
    expect(ids.length).toBeLessThan(30);
    expect(bytes).toBeGreaterThan(200 * 1024);
    expect(bytes).toBeLessThanOrEqual(256 * 1024);
    expect(await use(principal, used)).toBeDefined();
  });

  test('one with more than 32,000 bytes of initialize params is not stored', async () => {
    const principal = newPrincipal();
    const tooLong = { ...params, clientInfo: { name: '\u20ac'.repeat(11_000) } };
    expect(await createSession(config, principal, tooLong)).toBeUndefined();
    expect(await redis<number>('EXISTS', sessionsKey(principal))).toBe(0);
  });
});
