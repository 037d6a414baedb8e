/** Longest wait believed, in seconds: the tenant's windows last seconds, its daily limits are not waited for. */
const longest = 60;

/**
 * Seconds to wait after a 429: `Retry-After` where the tenant sends it, else until `x-ratelimit-reset`
 * (seconds since the epoch), else one second, which is how fast its buckets refill.
 */
export function retryAfterOf(headers: Headers): number {
  const stated = seconds(headers.get('retry-after'));
  const reset = seconds(headers.get('x-ratelimit-reset'));
  const wait = stated ?? (reset === undefined ? 1 : reset - Date.now() / 1000);
  return Math.min(longest, Math.max(0.2, wait));
}

function seconds(text: string | null): number | undefined {
  const value = text ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}
