/** Bounds in seconds, which the draft leaves to us: one sign-in sees one document, and a day is the most. */
const minSeconds = 300;
const maxSeconds = 86_400;
/** Where the headers say nothing. */
const defaultSeconds = 3600;

type CachingHeaders = {
  'cache-control'?: string | undefined;
  age?: string | undefined;
  expires?: string | undefined;
  date?: string | undefined;
};

/** Seconds for which a client metadata document is kept, by its HTTP caching headers (RFC 9111 section 4.2). */
export function documentLifetime(headers: CachingHeaders): number {
  return Math.min(maxSeconds, Math.max(minSeconds, statedSeconds(headers) ?? defaultSeconds));
}

function statedSeconds(headers: CachingHeaders): number | undefined {
  const directives = headers['cache-control']?.toLowerCase() ?? '';
  if (/\b(?:no-store|no-cache|private)\b/.test(directives)) return 0;
  // We are a shared cache, so `s-maxage` comes first.
  const seconds = directives.match(/\bs-maxage="?(\d+)/)?.[1] ?? directives.match(/\bmax-age="?(\d+)/)?.[1];
  if (seconds !== undefined) return Number(seconds) - (Number(headers.age) || 0);
  if (headers.expires === undefined) return undefined;
  const untilExpiry = (Date.parse(headers.expires) - (Date.parse(headers.date ?? '') || Date.now())) / 1000;
  // An unreadable date, such as the customary "0", means expired.
  return Number.isNaN(untilExpiry) ? 0 : Math.floor(untilExpiry);
}
