import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config.ts';
import { log } from '../log.ts';
import { withStore } from './redis.ts';

/** Deletes the lock only while it is still ours: it may have expired and passed to someone else. */
const release = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;

/** Milliseconds between two attempts, before jitter. */
const retryAfterMs = 120;

export type LockOptions = {
  /** After this the lock frees itself; longer than the work may take. */
  lifetimeMs: number;
  /** Milliseconds since the epoch until which to wait for it. */
  deadline: number;
};

/** What `acquire` came to: the lock with its release, someone else's to the end, or no store to ask. */
export type Lock = { state: 'held'; free: () => Promise<void> } | { state: 'busy' } | { state: 'no-store' };

/** Takes a lock that all instances see, waiting for it until the deadline. Never throws. */
export async function acquire(
  config: Config,
  key: string,
  { lifetimeMs, deadline }: LockOptions,
): Promise<Lock> {
  const token = randomUUID();
  try {
    for (;;) {
      const taken = await withStore(config, (redis) => redis.set(key, token, { nx: true, px: lifetimeMs }));
      if (taken) return { state: 'held', free: () => free(config, key, token) };
      const wait = retryAfterMs * (0.5 + Math.random());
      if (Date.now() + wait >= deadline) return { state: 'busy' };
      await sleep(wait);
    }
  } catch {
    return { state: 'no-store' };
  }
}

async function free(config: Config, key: string, token: string): Promise<void> {
  await withStore(config, (redis) => redis.eval(release, [key], [token]), { retry: true }).catch(() =>
    log('warn', 'lock not released, it will expire', { key }),
  );
}
