import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readStanding } from '../../../../lib/access-token/standing.ts';
import {
  type Generations,
  isReplay,
  noteGeneration,
  readGenerations,
} from '../../../../lib/oauth/token/generation.ts';
import { generationKey } from '../../../../lib/store/keys.ts';
import { signedRecord } from '../../../../lib/store/record.ts';
import { StoreUnavailable, withStore } from '../../../../lib/store/redis.ts';
import { grantAt } from '../../../support/grants.ts';
import { type InstanceContext, useInstances } from '../../../support/instances.ts';

const running = useInstances();

beforeEach(async () => {
  const { store, emptyStore } = running();
  store.faults.outage = 'none';
  await emptyStore();
});
afterEach(() => {
  vi.useRealTimers();
});

const nowSeconds = () => Math.floor(Date.now() / 1000);

/** Reads and notes in one go, as a refresh does. */
async function use({ config }: InstanceContext, grantId: string, generation: number): Promise<Generations> {
  await noteGeneration(config, grantId, generation, await readGenerations(config, grantId));
  return readGenerations(config, grantId);
}

describe('a refresh token is replayed', () => {
  it.each<[string, number, number | undefined, number, boolean]>([
    ['never before the first refresh', 0, undefined, 0, false],
    ['never if it is the newest', 3, 3, 86_400, false],
    ['never if nobody knows of its successor', 4, 3, 86_400, false],
    ['not while its successor is fresh', 2, 3, 0, false],
    ['not ten minutes after its successor was used', 2, 3, 599, false],
    ['if its successor was used more than ten minutes ago', 2, 3, 601, true],
    ['if a much later one was', 0, 900, 601, true],
  ])('%s', (_, generation, newest, agoSeconds, expected) => {
    const known =
      newest === undefined ? undefined : { newest, firstUsedAtSeconds: nowSeconds() - agoSeconds };
    expect(isReplay(generation, known)).toBe(expected);
  });
});

describe('the use of a refresh token', () => {
  it('is unknown before the first, and known at every instance afterwards', async () => {
    const { instance } = running();
    const id = randomUUID();
    expect(await readGenerations(instance().config, id)).toBeUndefined();
    await use(instance(), id, 0);
    expect(await readGenerations(instance().config, id)).toMatchObject({ newest: 0 });
  });

  it('is dated by the first time: repetitions do not put the end off', async () => {
    const context = running().instance();
    const id = randomUUID();
    vi.useFakeTimers({ toFake: ['Date'], now: 1_900_000_000_000 });
    const first = await use(context, id, 5);
    vi.setSystemTime(1_900_000_500_000);
    expect(await use(context, id, 5)).toEqual(first);
    expect(await use(context, id, 4)).toEqual(first);
    expect(await use(context, id, 6)).toEqual({ newest: 6, firstUsedAtSeconds: 1_900_000_500 });
  });

  it('is read in the same round trip as where the grant stands', async () => {
    const { instance, store } = running();
    const context = instance();
    const grant = grantAt(context);
    store.resetCounts();
    await Promise.all([readStanding(context.config, grant), readGenerations(context.config, grant.id)]);
    expect(store.requests).toBe(1);
  });

  it('may go unnoted while the store is down, but is not made up when it is read', async () => {
    const { instance, store } = running();
    const { config } = instance();
    store.faults.outage = 'unavailable';
    await noteGeneration(config, 'a-grant', 1, undefined);
    await expect(readGenerations(config, 'a-grant')).rejects.toBeInstanceOf(StoreUnavailable);
    store.faults.outage = 'none';
    expect(await readGenerations(config, 'a-grant')).toBeUndefined();
  });

  it('cannot be invented by whoever can write to the store, nor copied from another grant', async () => {
    const { config } = running().instance();
    const [mine, theirs] = [randomUUID(), randomUUID()];
    const value = { newest: 9, firstUsedAtSeconds: 1 };
    for (const forged of [JSON.stringify(value), signedRecord(config, generationKey(theirs), value)]) {
      await withStore(config, (redis) => redis.set(generationKey(mine), forged));
      expect(await readGenerations(config, mine)).toBeUndefined();
    }
  });
});
