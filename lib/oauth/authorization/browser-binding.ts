import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readCookie } from '../../http/cookies.ts';

/** A secret that the browser already holds in a cookie; undefined without one of our making. */
export function heldSecret(request: Request, origin: string, cookie: string): string | undefined {
  const value = readCookie(request, origin, cookie);
  return value && /^[\w-]{43}$/.test(value) ? value : undefined;
}

/** A new secret of 256 bits, base64url. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** What a sealed value keeps of a browser's secret, to know that browser again. */
export function fingerprint(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** Whether this is the browser of that fingerprint, compared in constant time. */
export function isSameBrowser(secret: string | undefined, expected: string): boolean {
  if (secret === undefined) return false;
  const [actual, wanted] = [Buffer.from(fingerprint(secret)), Buffer.from(expected)];
  return actual.length === wanted.length && timingSafeEqual(actual, wanted);
}
