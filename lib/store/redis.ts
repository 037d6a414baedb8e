import { Redis } from '@upstash/redis';
import type { Config } from '../config.ts';
import { scrub, timed } from '../log.ts';

/** Longest wait for one answer of the store, in milliseconds; its p99 in the same region is below 5. */
const timeout = 1500;

/**
 * Milliseconds for which a store that has just let us wait in vain is not asked again: a request makes several
 * calls, and together their waits would outlast its client's patience.
 */
const pause = 2000;

/** The store is not configured, does not answer, or answered with an error. The message holds no command. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

const clients = new WeakMap<Config, Redis>();
const silentUntil = new WeakMap<Config, number>();

/**
 * The Upstash client, with its dangerous defaults off: by itself it retries writes and waits 300 s for a
 * silent server. Automatic pipelining is off too, because it reorders reads and writes.
 */
function client(config: Config): Redis {
  if (!config.store) throw new StoreUnavailable('No store is configured.');
  let redis = clients.get(config);
  if (!redis) {
    redis = new Redis({
      ...config.store,
      retry: { retries: 0 },
      signal: () => AbortSignal.timeout(timeout),
      automaticDeserialization: false,
      enableAutoPipelining: false,
      enableTelemetry: false,
    });
    clients.set(config, redis);
  }
  return redis;
}

/**
 * Talks to the store; the one door to it. One call of `work` should be one round trip: use `pipeline()` or
 * `multi()` for several commands.
 *
 * @param options.retry try once more after a failure; only for work that may run twice to the same effect.
 * @throws StoreUnavailable whatever went wrong, with commands and values kept out of the message.
 */
export async function withStore<T>(
  config: Config,
  work: (redis: Redis) => Promise<T>,
  options: { retry?: boolean } = {},
): Promise<T> {
  const redis = client(config);
  const attempt = async () => {
    if (Date.now() < (silentUntil.get(config) ?? 0)) throw new Error('it was silent a moment ago');
    try {
      return await timed('redis', () => work(redis));
    } catch (error) {
      if (error instanceof Error && error.name === 'TimeoutError')
        silentUntil.set(config, Date.now() + pause);
      throw error;
    }
  };
  try {
    return await attempt().catch((error) => {
      if (options.retry) return attempt();
      throw error;
    });
  } catch (error) {
    // The client's errors embed the whole command, secrets included: keep the first words alone.
    const reason = error instanceof Error ? scrub(error.message.split(', command was')[0] ?? '') : 'unknown';
    throw new StoreUnavailable(`The store failed: ${reason.slice(0, 120)}`);
  }
}
