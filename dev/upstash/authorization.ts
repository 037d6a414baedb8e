import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Whether the request carries the token, as `Authorization: Bearer` or as the query parameter `_token`. */
export function isAuthorized(request: IncomingMessage, query: string, token: string): boolean {
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const given = bearer ?? new URLSearchParams(query).get('_token');
  return given !== null && timingSafeEqual(digest(given), digest(token));
}
