import { decodeJwt } from 'jose';
import type { Problem } from './check.ts';
import { describe } from './describe.ts';
import type { Examination } from './examination.ts';
import type { Answer } from './probe.ts';

/** How far ahead of the server's clock a token may be dated. */
const toleranceSeconds = 30;

/**
 * Why the server may refuse a token that it just issued. Reads the token without verifying it: verification is the
 * server's task.
 */
export function whyTokenRefused(examination: Examination, token: string, answer: Answer): Problem {
  const seen = describe(answer);
  const words = answer.headers.get('www-authenticate') ?? '';
  const claims = read(token);
  if (!claims) return { id: 'opaque-token', detail: `The token is not a JWT. ${seen}` };
  const audiences = [claims.aud ?? []].flat();
  const now = Date.parse(answer.headers.get('date') ?? '') / 1000 || Date.now() / 1000;
  const dates = `Issued at ${iso(claims.iat)}, expires at ${iso(claims.exp)}, the server’s clock says ${iso(now)}.`;
  if (
    (claims.iat ?? now) > now + toleranceSeconds ||
    (claims.exp ?? now) < now ||
    /expired|not active|not yet/i.test(words)
  )
    return { id: 'token-clock-skew', detail: dates };
  const { resource, url } = examination;
  const forUs = audiences.some((each) => each === resource || each.replace(/\/$/, '') === url.origin);
  if (/audience/i.test(words) || !forUs)
    return {
      id: 'wrong-audience',
      detail: `The token’s audience is ${audiences.join(', ') || 'missing'}; the request named ${resource}.`,
    };
  return {
    id: 'token-not-accepted',
    detail: `Issuer ${claims.iss ?? 'unknown'}, audience ${audiences.join(', ')}. ${seen}`,
  };
}

function read(token: string) {
  try {
    return decodeJwt(token);
  } catch {
    return undefined;
  }
}

function iso(seconds: number | undefined): string {
  const date = new Date((seconds ?? Number.NaN) * 1000);
  return Number.isNaN(date.getTime()) ? 'unknown' : date.toISOString().slice(0, 19);
}
