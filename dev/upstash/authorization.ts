import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const digest = (text: string) => createHash('sha256').update(text).digest();

/** What a token allows: everything, or only reading. */
export type Access = 'standard' | 'read-only';

/**
 * What the request may do by its token, sent as `Authorization: Bearer` or as the query parameter `_token`. Undefined without
 * a token that the store knows: Upstash then answers 401 `WRONGPASS`.
 */
export function accessOf(
  request: IncomingMessage,
  query: string,
  tokens: { token: string; readOnlyToken?: string | undefined },
): Access | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const given = bearer ?? new URLSearchParams(query).get('_token');
  if (given === null) return undefined;
  const matches = (token: string) => timingSafeEqual(digest(given), digest(token));
  if (matches(tokens.token)) return 'standard';
  return tokens.readOnlyToken !== undefined && matches(tokens.readOnlyToken) ? 'read-only' : undefined;
}
