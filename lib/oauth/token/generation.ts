import type { SignInConfig } from '../../config.ts';
import { errorFields, log } from '../../log.ts';
import { z } from '../../schema.ts';
import { generationKey } from '../../store/keys.ts';
import { readRecord, signedRecord } from '../../store/record.ts';
import { readInBatch, withStore } from '../../store/redis.ts';

/** Seconds after the first use of a refresh token's successor during which the token itself is still accepted. */
const replayGraceSeconds = 600;

const generationRecord = z.object({
  /** The newest generation that was presented. */
  newest: z.number(),
  firstUsedAtSeconds: z.number(),
});

/** What is known of the refreshes of a grant; undefined before the first one. */
export type Generations = z.infer<typeof generationRecord> | undefined;

/** Reads which refresh token of the grant was used last, in the same round trip as other reads of the turn (`readInBatch`). */
export async function readGenerations(config: SignInConfig, grantId: string): Promise<Generations> {
  const key = generationKey(grantId);
  const [stored] = await readInBatch(config, key);
  return readRecord(config, key, generationRecord, stored);
}

/**
 * Whether a refresh token was replayed long after its successor was used (OAuth 2.1 section 4.3.1): then two parties hold
 * the grant, and one of them is not the client. Repeated and concurrent refreshes are harmless: hosted clients send the
 * same token from two addresses at once, and retry if an answer was lost.
 */
export function isReplay(generation: number, known: Generations): boolean {
  if (!known || generation >= known.newest) return false;
  return Date.now() / 1000 - known.firstUsedAtSeconds > replayGraceSeconds;
}

/** Notes the use of a refresh token. Losing the note delays the detection of a replay. */
export async function noteGeneration(
  config: SignInConfig,
  grantId: string,
  generation: number,
  known: Generations,
): Promise<void> {
  if (known && generation <= known.newest) return;
  const key = generationKey(grantId);
  const record = signedRecord(config, key, {
    newest: generation,
    firstUsedAtSeconds: Math.floor(Date.now() / 1000),
  });
  await withStore(config, (redis) => redis.set(key, record, { ex: config.refreshTokenLifetimeSeconds }), {
    retry: true,
  }).catch((error) => log('warn', 'use of a refresh token not noted', errorFields(error)));
}
