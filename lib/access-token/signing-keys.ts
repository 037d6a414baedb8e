import { createRemoteJWKSet, customFetch, errors } from 'jose';
import { log, timed } from '../log.ts';

/** Milliseconds after which the tenant's keys are fetched again, beside the request that notices. */
const keyRefresh = 10 * 60_000;
/** Milliseconds for which unknown key ids are refused unasked, after one that the tenant did not know either. */
const unknownKeyPause = 30_000;
type Keys = {
  set: ReturnType<typeof createRemoteJWKSet>;
  checked: number;
  /** Until when an unknown key id is not worth a fetch. */
  pausedUntil: number;
};

const known = new Map<string, Keys>();

/**
 * The tenant's signing keys, in memory. They never go stale on the spot, so that tokens still verify while
 * the tenant is down; a refresh in the background notices withdrawn keys.
 */
function keysAt(jwksUri: string): Keys {
  let keys = known.get(jwksUri);
  if (!keys) {
    const set = createRemoteJWKSet(new URL(jwksUri), {
      cacheMaxAge: Number.POSITIVE_INFINITY,
      cooldownDuration: Number.POSITIVE_INFINITY,
      timeoutDuration: 3_000,
      [customFetch]: (url, options) => timed('auth0', () => fetch(url, options)),
    });
    keys = { set, checked: Date.now(), pausedUntil: 0 };
    known.set(jwksUri, keys);
  }
  if (Date.now() - keys.checked > keyRefresh) {
    keys.checked = Date.now();
    keys.set.reload().catch(() => log('warn', 'signing keys not refreshed, the known ones stay in use'));
  }
  return keys;
}

/**
 * Checks with the keys at hand, and once more with fresh ones when the key id is unknown: the tenant may have
 * rotated. Forged key ids cost the tenant one fetch in 30 s and instance.
 */
export async function withSigningKeys<T>(
  jwksUri: string,
  check: (keySet: Keys['set']) => Promise<T>,
): Promise<T> {
  const keys = keysAt(jwksUri);
  try {
    return await check(keys.set);
  } catch (error) {
    if (!(error instanceof errors.JWKSNoMatchingKey) || Date.now() < keys.pausedUntil) throw error;
    keys.pausedUntil = Date.now() + unknownKeyPause;
    await keys.set.reload();
    const checked = await check(keys.set);
    keys.pausedUntil = 0;
    return checked;
  }
}
