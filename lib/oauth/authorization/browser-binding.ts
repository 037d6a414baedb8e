import { randomBytes } from 'node:crypto';
import { readCookie } from '../../http/cookies.ts';
import { isSameText } from '../../sealing.ts';
import { sha256 } from '../../sha256.ts';

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
  return sha256(secret);
}

/** Whether this is the browser of that fingerprint, compared in constant time. */
export function isSameBrowser(secret: string | undefined, expected: string): boolean {
  if (secret === undefined) return false;
  return isSameText(fingerprint(secret), expected);
}
