import { createRemoteJWKSet, customFetch, errors } from 'jose';
import { log, timed } from '../log.ts';

/** Milliseconds for which fetched keys are used: a key withdrawn at the tenant is accepted no longer than this. */
const keysLifetimeMs = 10 * 60_000;
/** Milliseconds for which the last known keys are used while the tenant does not answer. */
const outageLifetimeMs = 24 * 3600_000;
/** Milliseconds between two fetches that an unknown key id, or a tenant that does not answer, can cause. */
const pauseMs = 30_000;
const fetchTimeoutMs = 3_000;

type Keys = {
  set: ReturnType<typeof createRemoteJWKSet>;
  /** When the tenant last answered; 0 before the first time. */
  fetchedAtMs: number;
  /** Until when the tenant is not asked again. */
  pausedUntilMs: number;
};

const known = new Map<string, Keys>();

function keysAt(jwksUri: string): Keys {
  let keys = known.get(jwksUri);
  if (!keys) {
    const set = createRemoteJWKSet(new URL(jwksUri), {
      // When to fetch is decided here, by what `reload` came to.
      cacheMaxAge: Number.POSITIVE_INFINITY,
      cooldownDuration: Number.POSITIVE_INFINITY,
      timeoutDuration: fetchTimeoutMs,
      [customFetch]: (url, options) => timed('auth0', () => fetch(url, options)),
    });
    keys = { set, fetchedAtMs: 0, pausedUntilMs: 0 };
    known.set(jwksUri, keys);
  }
  return keys;
}

async function reload(keys: Keys): Promise<void> {
  await keys.set.reload();
  keys.fetchedAtMs = Date.now();
}

/** Fetches the keys if they are too old to be used. Throws if the tenant does not answer and none may be used. */
async function ensureRecent(keys: Keys): Promise<void> {
  const age = Date.now() - keys.fetchedAtMs;
  if (age < keysLifetimeMs) return;
  const usable = age < outageLifetimeMs;
  if (usable && Date.now() < keys.pausedUntilMs) return;
  try {
    await reload(keys);
  } catch (error) {
    if (!usable) throw error;
    keys.pausedUntilMs = Date.now() + pauseMs;
    log('warn', 'signing keys not refreshed, the last known ones stay in use');
  }
}

/**
 * Runs a check with the tenant's signing keys, and once more with newly fetched ones if the key id is unknown: the tenant
 * may have rotated. Forged key ids cost the tenant one fetch in 30 seconds per instance.
 */
export async function withSigningKeys<T>(
  jwksUri: string,
  check: (keySet: Keys['set']) => Promise<T>,
): Promise<T> {
  const keys = keysAt(jwksUri);
  await ensureRecent(keys);
  try {
    return await check(keys.set);
  } catch (error) {
    if (!(error instanceof errors.JWKSNoMatchingKey) || Date.now() < keys.pausedUntilMs) throw error;
    keys.pausedUntilMs = Date.now() + pauseMs;
    await reload(keys);
    const checked = await check(keys.set);
    keys.pausedUntilMs = 0;
    return checked;
  }
}
