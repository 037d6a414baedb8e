import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryBackend } from '../../../../dev/upstash/memory/backend.ts';
import { type Store, startStore } from '../../../../dev/upstash/server.ts';
import type { Config } from '../../../../lib/config.ts';
import { createSession, endSession, findSession, updateSession } from '../../../../lib/mcp/legacy/session.ts';
import { sessionKey, sessionsKey, subscriptionsKey } from '../../../../lib/store/keys.ts';
import { withStore } from '../../../../lib/store/redis.ts';
import { testConfig } from '../../../support/config.ts';

let store: Store;
let config: Config;
beforeAll(async () => {
  store = await startStore({ port: 0, token: 'token', backend: memoryBackend() });
  config = { ...testConfig(), store: { url: store.url, token: 'token' } };
});
afterAll(() => store.close());

const params = {
  protocolVersion: '2025-11-25',
  capabilities: { elicitation: {} },
  clientInfo: { name: 'x' },
};
const redis = <T>(...command: [string, ...(string | number)[]]) =>
  withStore(config, (client) => client.exec<T>(command));

let principals = 0;
const newPrincipal = () => `principal-${++principals}`;
const create = async (ph: string) => (await createSession(config, ph, params)) ?? '';

describe('a session', () => {
  test('is what the client said of itself, found by its id or as the newest', async () => {
    const ph = newPrincipal();
    await create(ph);
    const id = await create(ph);
    const session = await findSession(config, ph, id);
    expect(session).toMatchObject({ id, initialize: params });
    expect(await findSession(config, ph, undefined)).toEqual(session);
  });

  test('lives an hour from its last use', async () => {
    const ph = newPrincipal();
    const id = await create(ph);
    for (const asked of [id, undefined]) {
      await redis('EXPIRE', sessionKey(ph, id), 5);
      await findSession(config, ph, asked);
      expect(await redis<number>('TTL', sessionKey(ph, id))).toBeGreaterThan(3_590);
    }
  });

  test('lives a day at most, however much it is used', async () => {
    const ph = newPrincipal();
    const id = await create(ph);
    const { id: _, ...data } = (await findSession(config, ph, id)) ?? { id };
    await redis('SET', sessionKey(ph, id), JSON.stringify({ ...data, expiresAt: Date.now() - 1 }));
    expect(await findSession(config, ph, id)).toBeUndefined();
    expect(await findSession(config, ph, undefined)).toBeUndefined();
    expect(await redis<number>('TTL', sessionsKey(ph))).toBeLessThanOrEqual(86_400);
  });

  test('in use outlives newer ones that nobody uses', async () => {
    const ph = newPrincipal();
    const used = await create(ph);
    const unused = await create(ph);
    await redis('SADD', subscriptionsKey(ph, unused), 'note://x');
    for (let round = 0; round < 10; round++) {
      await create(ph);
      await new Promise((resolve) => setTimeout(resolve, 2));
      expect(await findSession(config, ph, used)).toBeDefined();
    }
    expect(await findSession(config, ph, unused)).toBeUndefined();
    expect(await redis<number>('EXISTS', subscriptionsKey(ph, unused))).toBe(0);
    expect(await redis<number>('ZCARD', sessionsKey(ph))).toBe(5);
  });

  test('that expired gives way to the next one that lives', async () => {
    const ph = newPrincipal();
    const [older, newer] = [await create(ph), await create(ph)];
    await redis('DEL', sessionKey(ph, newer));
    expect((await findSession(config, ph, undefined))?.id).toBe(older);
  });

  test("is found under its own principal's hash alone", async () => {
    const [ph, stranger] = [newPrincipal(), newPrincipal()];
    const id = await create(ph);
    expect(await findSession(config, stranger, id)).toBeUndefined();
    expect(await findSession(config, stranger, undefined)).toBeUndefined();
    expect(await endSession(config, stranger, id)).toBe(false);
    expect(await findSession(config, ph, id)).toBeDefined();
  });

  test('keeps its log level, and is not revived by it once it has ended', async () => {
    const ph = newPrincipal();
    const id = await create(ph);
    const session = await findSession(config, ph, id);
    if (!session) throw new Error('no session');
    await updateSession(config, ph, { ...session, logLevel: 'error' });
    expect((await findSession(config, ph, id))?.logLevel).toBe('error');
    await endSession(config, ph, id);
    await updateSession(config, ph, { ...session, logLevel: 'debug' });
    expect(await findSession(config, ph, id)).toBeUndefined();
  });

  test.each(['', 'not json', '{}', '{"initialize":{},"expiresAt":9e15}', '[]', 'null'])(
    'whose record reads %j is none',
    async (record) => {
      const ph = newPrincipal();
      await redis('SET', sessionKey(ph, 'id'), record);
      expect(await findSession(config, ph, 'id')).toBeUndefined();
    },
  );
});
