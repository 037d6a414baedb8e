import type { SignInConfig } from '../config.ts';
import { z } from '../schema.ts';
import { signedOutKey } from '../store/keys.ts';
import { readRecord, signedRecord } from '../store/record.ts';
import { readInBatch, withStore } from '../store/redis.ts';

/** Seconds for which a sign-out is kept: longer than any token lives that was issued before it. */
const signedOutLifetimeSeconds = 90 * 86_400;

/** What the store has of a user whom an operator signed out. */
export const signedOutRecord = z.object({ beforeSeconds: z.number() });

/**
 * Ends every grant that the user has given so far, on every instance within a minute. One given later in the same second
 * ends too.
 *
 * @param user `userHash`.
 * @throws StoreUnavailable
 */
export async function endGrantsOf(config: SignInConfig, user: string): Promise<void> {
  const key = signedOutKey(user);
  const record = signedRecord(config, key, { beforeSeconds: Math.floor(Date.now() / 1000) + 1 });
  await withStore(config, (redis) => redis.set(key, record, { ex: signedOutLifetimeSeconds }), {
    retry: true,
  });
}

/** The moment from before which the user's grants have ended, in seconds since the epoch; 0 without one. Throws StoreUnavailable. */
export async function grantsEndedBeforeSeconds(config: SignInConfig, user: string): Promise<number> {
  const key = signedOutKey(user);
  const [stored] = await readInBatch(config, key);
  return readRecord(config, key, signedOutRecord, stored)?.beforeSeconds ?? 0;
}
