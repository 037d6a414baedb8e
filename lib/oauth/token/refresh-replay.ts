import { createHash } from 'node:crypto';
import type { Config } from '../../config.ts';
import { annotate, log } from '../../log.ts';
import { open, seal } from '../../sealing.ts';
import { endedSignInKey, lockKey, refreshAnswerKey } from '../../store/keys.ts';
import { acquire } from '../../store/lock.ts';
import { withStore } from '../../store/redis.ts';
import type { TokenResponse } from './response.ts';

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
 * @param request what makes two usesRefreshToken the same: client, token, scopes.
 * @param signIn the sign-in that the token came of; once it is ended, nothing kept is answered any more.
 */
export async function refreshOnce(
  config: Config,
  request: string[],
  signIn: string,
  exchange: () => Promise<TokenResponse>,
): Promise<TokenResponse> {
  const key = refreshAnswerKey(createHash('sha256').update(JSON.stringify(request)).digest('base64url'));
  const lock = await acquire(config, lockKey(key), { life: exchangeTime, deadline: Date.now() + patience });
  if (lock.state !== 'held') return exchange();
  try {
    const kept = await readAnswer(config, key, signIn);
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

/** Ends what is kept for the tokens of a sign-in, as they were revoked. Without the store nothing kept is found either. */
export async function forgetAnswers(config: Config, signIn: string): Promise<void> {
  await withStore(config, (redis) => redis.set(endedSignInKey(signIn), '1', { ex: lifetime }), {
    retry: true,
  }).catch(() => log('warn', 'kept refresh answers not ended'));
}

async function readAnswer(config: Config, key: string, signIn: string): Promise<TokenResponse | undefined> {
  const [sealed, ended] = await withStore(
    config,
    (redis) => redis.mget<(string | null)[]>(key, endedSignInKey(signIn)),
    { retry: true },
  ).catch(() => []);
  if (!sealed || ended) return undefined;
  const opened = await open<TokenResponse>(config, 'refresh-answer', sealed);
  return 'value' in opened ? opened.value : undefined;
}

async function keepAnswer(config: Config, key: string, answer: TokenResponse): Promise<void> {
  const sealed = await seal(config, 'refresh-answer', answer, lifetime);
  await withStore(config, (redis) => redis.set(key, sealed, { ex: lifetime }), { retry: true }).catch(
    () => undefined,
  );
}
