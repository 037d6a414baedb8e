import type { SignInConfig } from '../../../config.ts';
import { OAuthError } from '../../../http/errors.ts';
import { sha256 } from '../../../sha256.ts';
import { usedAssertionKey } from '../../../store/keys.ts';
import { withStore } from '../../../store/redis.ts';

/** Seconds that a record outlives the assertion, for clocks that differ. */
const marginSeconds = 60;

/**
 * Marks an assertion as used, by issuer, subject and `jti`, until after it has expired (section 7.4.2). The profile requires
 * it, so without the store nothing is granted.
 *
 * @throws OAuthError `invalid_grant` if it was used before; StoreUnavailable
 */
export async function useUp(
  config: SignInConfig,
  { iss, sub, jti, exp }: { iss: string; sub: string; jti: string; exp: number },
): Promise<void> {
  if (!config.store)
    throw new OAuthError('server_error', 'Identity assertions need a store, and none is configured.');
  const key = usedAssertionKey(sha256(JSON.stringify([iss, sub, jti])));
  const remainingSeconds = Math.max(1, Math.ceil(exp - Date.now() / 1000)) + marginSeconds;
  const first = await withStore(config, (redis) => redis.set(key, '1', { nx: true, ex: remainingSeconds }));
  if (first === null) throw new OAuthError('invalid_grant', 'The assertion was already used.');
}
