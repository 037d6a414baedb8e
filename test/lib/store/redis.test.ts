import { beforeEach, describe, expect, it } from 'vitest';
import { OAuthError } from '../../../lib/http/errors.ts';
import { inBatch, StoreUnavailable, withStore } from '../../../lib/store/redis.ts';
import { testConfig } from '../../support/config.ts';
import { type InstanceContext, useInstances } from '../../support/instances.ts';

const running = useInstances();

beforeEach(async () => {
  const { store, emptyStore } = running();
  Object.assign(store.faults, { outage: 'none', delayMs: 0 });
  await emptyStore();
  store.resetCounts();
});

const set = ({ config }: InstanceContext, key: string, value: string) =>
  withStore(config, (redis) => redis.set(key, value));

const get = ({ config }: InstanceContext, key: string) =>
  inBatch<[string | null]>(config, (pipeline) => pipeline.get(key));

async function failureOf(work: Promise<unknown>): Promise<StoreUnavailable> {
  const error = await work.then(
    (value) => value,
    (thrown) => thrown,
  );
  if (error instanceof StoreUnavailable) return error;
  throw new Error(`not refused as expected: ${JSON.stringify(error)}`);
}

describe('commands of one turn', () => {
  it('travel in one round trip, and each asker gets its own results', async () => {
    const { instance, store } = running();
    const context = instance();
    await set(context, 'a', '1');
    await set(context, 'b', '2');
    store.resetCounts();
    const answers = await Promise.all([
      get(context, 'a'),
      inBatch<[string | null, number, string[]]>(context.config, (pipeline) =>
        pipeline.get('none').exists('a', 'b').mget('b', 'a'),
      ),
      get(context, 'b'),
    ]);
    expect(answers).toEqual([['1'], [null, 2, ['2', '1']], ['2']]);
    expect(store.requests).toBe(1);
    expect(store.commands).toBe(5);
  });

  it('wait for no later turn: what is asked after an answer is another round trip', async () => {
    const { instance, store } = running();
    const context = instance();
    await get(context, 'a');
    await get(context, 'a');
    expect(store.requests).toBe(2);
  });

  it('of two instances never share one', async () => {
    const { instance, store } = running();
    await Promise.all([get(instance(), 'a'), get(instance(), 'a')]);
    expect(store.requests).toBe(2);
  });

  it('come back as text, whatever they look like', async () => {
    const { instance } = running();
    const context = instance();
    for (const value of ['12345678901234567890', 'true', '{"a":1}', 'null']) {
      await set(context, 'a', value);
      expect(await get(context, 'a')).toEqual([value]);
    }
  });

  it('fail for the asker whose command was wrong, and for nobody else', async () => {
    const { instance } = running();
    const context = instance();
    await set(context, 'text', 'secret-value');
    const [good, wrong] = await Promise.allSettled([
      get(context, 'text'),
      inBatch(context.config, (pipeline) => pipeline.get('text').hset('text', { field: 'other-secret' })),
    ]);
    expect(good).toMatchObject({ status: 'fulfilled', value: ['secret-value'] });
    if (wrong.status !== 'rejected') throw new Error('not refused');
    expect(wrong.reason).toBeInstanceOf(StoreUnavailable);
    expect(`${wrong.reason.message} ${wrong.reason.cause}`).not.toMatch(/secret/);
  });

  it('are sent again once if the round trip failed, since they may run twice to the same effect', async () => {
    const { instance, store } = running();
    const context = instance();
    store.faults.outage = 'unavailable';
    store.resetCounts();
    await failureOf(get(context, 'a'));
    expect(store.requests).toBe(2);
  });

  it('all fail, each for its asker, while the store is down; the next ones go through again', async () => {
    const { instance, store } = running();
    const context = instance();
    store.faults.outage = 'unavailable';
    const askers = [get(context, 'a'), get(context, 'b'), get(context, 'c')];
    await Promise.all(askers.map(failureOf));
    store.faults.outage = 'none';
    expect(await get(context, 'a')).toEqual([null]);
  });
});

describe('a store that fails', () => {
  it('is a refusal of status 503 with Retry-After, which says nothing of the command', async () => {
    const { instance, store } = running();
    store.faults.outage = 'unavailable';
    const error = await failureOf(set(instance(), 'key-of-a-user', 'value-of-a-user'));
    expect(error).toBeInstanceOf(OAuthError);
    expect(error).toMatchObject({ code: 'temporarily_unavailable', status: 503 });
    expect(error.retryAfterSeconds).toBeGreaterThan(0);
    expect(`${error.message} ${error.cause} ${error.stack}`).not.toMatch(/of-a-user/);
  });

  it('is not there at all without a configuration: the same refusal', async () => {
    const config = testConfig();
    await failureOf(inBatch(config, (pipeline) => pipeline.get('a')));
    await failureOf(withStore(config, (redis) => redis.get('a')));
  });

  it('is asked once, or twice for work that may be repeated', async () => {
    const { instance, store } = running();
    const { config } = instance();
    store.faults.outage = 'unavailable';
    await failureOf(withStore(config, (redis) => redis.get('a')));
    expect(store.requests).toBe(1);
    await failureOf(withStore(config, (redis) => redis.get('a'), { retry: true }));
    expect(store.requests).toBe(3);
  });

  it('is not asked again for two seconds by an instance that it kept waiting', async () => {
    const { instance, store } = running();
    const context = instance();
    store.faults.outage = 'hanging';
    await failureOf(get(context, 'a'));
    store.faults.outage = 'none';
    store.resetCounts();
    const started = Date.now();
    await failureOf(get(context, 'a'));
    expect(Date.now() - started).toBeLessThan(1_000);
    expect(store.requests).toBe(0);
    expect(await get(instance(), 'a')).toEqual([null]);
  });
});
