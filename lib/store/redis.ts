import type { Config } from '../config.ts';
import { OAuthError } from '../http/errors.ts';
import { scrub, timed } from '../log.ts';
import { perConfig } from '../per-config.ts';
import { connect, type Pipeline, type Redis } from './rest.ts';

/** Longest wait for one answer of the store, in milliseconds; its p99 in the same region is below 5. */
const timeoutMs = 1500;

/**
 * Milliseconds during which a store that did not answer in time is not asked again. A request makes several calls, and
 * together their timeouts would outlast its client's own.
 */
const pauseAfterTimeoutMs = 2000;

/** The store is not configured, does not answer, or answered with an error. Neither message nor cause holds a command. */
export class StoreUnavailable extends OAuthError {
  override readonly name = 'StoreUnavailable';

  constructor(reason: string) {
    super(
      'temporarily_unavailable',
      'The storage behind this server is unavailable right now. Try again in a minute.',
      {
        retryAfterSeconds: 1,
        cause: new Error(`The store failed: ${reason}`),
      },
    );
  }
}

type Batch = { pipeline: Pipeline; entries: BatchEntry[]; reads: Read[] };
type BatchEntry = {
  from: number;
  to: number;
  resolve(results: unknown[]): void;
  reject(error: unknown): void;
};

type Read = {
  keys: readonly string[];
  resolve(values: (string | null)[]): void;
  reject(error: unknown): void;
};

type Connection = { redis: Redis | undefined; pausedUntilMs: number; batch: Batch | undefined };

const connectionOf = perConfig((config): Connection => {
  const redis = config.store && connect(config.store, timeoutMs);
  return { redis, pausedUntilMs: 0, batch: undefined };
});

/**
 * Talks to the store. One call of `work` is one round trip: use `pipeline()` or `multi()` for several commands.
 *
 * @param options.retry try once more after a failure; only for work that may run twice to the same effect.
 * @throws StoreUnavailable whatever went wrong.
 */
export async function withStore<T>(
  config: Config,
  work: (redis: Redis) => Promise<T>,
  options: { retry?: boolean } = {},
): Promise<T> {
  const connection = connectionOf(config);
  const { redis } = connection;
  if (!redis) throw new StoreUnavailable('none is configured');
  const attempt = async () => {
    if (Date.now() < connection.pausedUntilMs) throw new Error('it did not answer a moment ago');
    try {
      return await timed('redis', () => work(redis));
    } catch (error) {
      if (error instanceof Error && error.name === 'TimeoutError')
        connection.pausedUntilMs = Date.now() + pauseAfterTimeoutMs;
      throw error;
    }
  };
  try {
    return await attempt().catch((error) => {
      if (options.retry) return attempt();
      throw error;
    });
  } catch (error) {
    const reason = error instanceof Error ? scrub(error.message) : 'unknown';
    throw new StoreUnavailable(reason.slice(0, 120));
  }
}

/**
 * Adds commands to the store's next round trip. Everything that is added before the running code first awaits something
 * travels together, so `Promise.all` over several reads costs one request. Commands must be safe to repeat: the round
 * trip is tried twice.
 *
 * @param add queues commands on the pipeline.
 * @returns their results, in order.
 * @throws StoreUnavailable if the round trip or one of these commands failed.
 */
export function inBatch<Results extends unknown[]>(
  config: Config,
  add: (pipeline: Pipeline) => unknown,
): Promise<Results> {
  return new Promise<unknown[]>((resolve, reject) => {
    const { pipeline, entries } = nextBatch(config);
    const from = pipeline.length();
    add(pipeline);
    entries.push({ from, to: pipeline.length(), resolve, reject });
  }) as Promise<Results>;
}

/**
 * Reads strings in the store's next round trip (`inBatch`). All reads of a turn are one command, after the others.
 *
 * @returns their values, in order; null for a key that does not exist.
 * @throws StoreUnavailable
 */
export function readInBatch<Keys extends readonly string[]>(
  config: Config,
  ...keys: Keys
): Promise<{ [index in keyof Keys]: string | null }> {
  return new Promise<(string | null)[]>((resolve, reject) => {
    nextBatch(config).reads.push({ keys, resolve, reject });
  }) as Promise<{ [index in keyof Keys]: string | null }>;
}

function nextBatch(config: Config): Batch {
  const connection = connectionOf(config);
  const { redis } = connection;
  if (!redis) throw new StoreUnavailable('none is configured');
  if (!connection.batch) {
    connection.batch = { pipeline: redis.pipeline(), entries: [], reads: [] };
    queueMicrotask(() => flush(config, connection));
  }
  return connection.batch;
}

async function flush(config: Config, connection: Connection): Promise<void> {
  const { batch } = connection;
  connection.batch = undefined;
  if (!batch) return;
  const { pipeline, entries, reads } = batch;
  addReads(pipeline, entries, reads);
  try {
    const results = await withStore(config, () => pipeline.settle(), { retry: true });
    for (const { from, to, resolve, reject } of entries) {
      const own = results.slice(from, to);
      const failed = own.find(({ error }) => error !== undefined);
      if (failed) reject(new StoreUnavailable(scrub(failed.error ?? '').slice(0, 120)));
      else resolve(own.map(({ result }) => result));
    }
  } catch (error) {
    for (const { reject } of entries) reject(error);
  }
}

/** Adds all reads as one command. */
function addReads(pipeline: Pipeline, entries: BatchEntry[], reads: Read[]): void {
  if (!reads.length) return;
  const from = pipeline.length();
  pipeline.mget(...reads.flatMap(({ keys }) => keys));
  const reject = (error: unknown) => {
    for (const read of reads) read.reject(error);
  };
  const resolve = ([values]: unknown[]) => {
    const remaining = [...(values as (string | null)[])];
    for (const { keys, resolve } of reads) resolve(remaining.splice(0, keys.length));
  };
  entries.push({ from, to: from + 1, resolve, reject });
}
