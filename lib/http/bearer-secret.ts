import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether the request carries the secret as its bearer token, compared in constant time; false when none is set. */
export function hasBearerSecret(request: Request, secret: string | undefined): boolean {
  const presented = request.headers.get('authorization')?.replace(/^bearer +/i, '');
  if (!secret || !presented) return false;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(presented), digest(secret));
}
