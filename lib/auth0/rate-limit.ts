import type { IncomingHttpHeaders } from 'node:http';

/** Longest wait believed, in seconds: the tenant's windows last seconds, its daily limits are not waited for. */
const maxSeconds = 60;
const minSeconds = 0.2;

/**
 * Seconds to wait after a 429: `Retry-After` where the tenant sends it, else until `x-ratelimit-reset`
 * (seconds since the epoch). That names when a bucket is full again, which refills all the time: a second is
 * enough.
 */
export function retryAfterOf(headers: IncomingHttpHeaders): number {
  const stated = seconds(headers['retry-after']);
  if (stated !== undefined) return Math.min(maxSeconds, Math.max(minSeconds, stated));
  const reset = seconds(headers['x-ratelimit-reset']) ?? Number.POSITIVE_INFINITY;
  return Math.min(1, Math.max(minSeconds, reset - Date.now() / 1000));
}

function seconds(text: string | string[] | undefined): number | undefined {
  const value = text ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}
