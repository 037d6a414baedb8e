import { createHash } from 'node:crypto';
import type { Config } from '../config.ts';
import { annotate } from '../log.ts';
import { open, seal } from '../sealing.ts';
import { lockKey, refreshAnswerKey } from '../store/keys.ts';
import { acquire } from '../store/lock.ts';
import { withStore } from '../store/redis.ts';
import type { TokenResponse } from './token-response.ts';

/** Seconds for which a repeated refresh gets the same answer. */
const lifetime = 60;
/** Milliseconds that one exchange may take, and that another instance waits for it. */
const exchangeTime = 15_000;
const patience = 12_000;

/**
 * Exchanges a refresh token once: hosted clients send the same one from two addresses at the same moment, and
 * retry when an answer is lost. To Auth0 the second use of a rotated token may look like theft, which ends the
 * whole family. The answer is kept sealed. Without the store every request goes to Auth0, whose leeway
 * covers most of this.
 *
 * @param request what makes two refreshes the same: client, token, scopes.
 */
export async function refreshOnce(
  config: Config,
  request: string[],
  exchange: () => Promise<TokenResponse>,
): Promise<TokenResponse> {
  const key = refreshAnswerKey(createHash('sha256').update(JSON.stringify(request)).digest('base64url'));
  const lock = await acquire(config, lockKey(key), { life: exchangeTime, deadline: Date.now() + patience });
  if (lock.state !== 'held') return exchange();
  try {
    const kept = await readAnswer(config, key);
    if (kept) {
      annotate({ refresh: 'repeated' });
      return kept;
    }
    const answer = await exchange();
    await keepAnswer(config, key, answer);
    return answer;
  } finally {
    await lock.free();
  }
}

async function readAnswer(config: Config, key: string): Promise<TokenResponse | undefined> {
  const sealed = await withStore(config, (redis) => redis.get<string>(key), { retry: true }).catch(
    () => null,
  );
  if (!sealed) return undefined;
  const opened = await open<TokenResponse>(config, 'refresh-answer', sealed);
  return 'value' in opened ? opened.value : undefined;
}

async function keepAnswer(config: Config, key: string, answer: TokenResponse): Promise<void> {
  const sealed = await seal(config, 'refresh-answer', answer, lifetime);
  await withStore(config, (redis) => redis.set(key, sealed, { ex: lifetime }), { retry: true }).catch(
    () => undefined,
  );
}
