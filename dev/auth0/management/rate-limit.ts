import type { Switches } from '../switches.ts';

/** The state of the global limit after a request. `reset` in seconds since 1970. */
export type RateLimit = { allowed: boolean; limit: number; remaining: number; reset: number };

/** The limit that an unlimited tenant reports. It refuses nothing. */
const unlimited = 1000;

/**
 * A token bucket for the whole Management API. Reads its limits from the switches on every request.
 *
 * Enforces, from Auth0's rate limit policy: a burst, then a sustained rate (free tenants: 2 and 2 a second), for all
 * operations together, and 429 beyond it. Off by default, so that tests are not slowed down. Not enforced: Auth0's limits for
 * single operations.
 */
export function createRateLimiter(switches: Switches): () => RateLimit {
  let tokens = unlimited;
  let updatedAtMs = Date.now();
  return () => {
    const rate = switches.managementRequestsPerSecond || unlimited;
    const limit = rate === unlimited ? unlimited : (switches.managementBurst ?? Math.max(1, Math.ceil(rate)));
    const now = Date.now();
    tokens = Math.min(limit, tokens + ((now - updatedAtMs) / 1000) * rate);
    updatedAtMs = now;
    const allowed = tokens >= 1;
    if (allowed) tokens -= 1;
    const secondsToNext = tokens >= 1 ? 0 : (1 - tokens) / rate;
    return {
      allowed: allowed || rate === unlimited,
      limit,
      remaining: Math.floor(tokens),
      reset: Math.ceil(now / 1000 + secondsToNext),
    };
  };
}
