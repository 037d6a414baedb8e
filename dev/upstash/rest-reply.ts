import { type Bytes, type Failure, isFailure, type Reply, textOf } from './backend.ts';

/** How strings appear in JSON: as text, or all of them in base64. */
export type Encoding = 'text' | 'base64';
type Json = null | number | string | Json[] | { error: string };

const encode = (bytes: Bytes, encoding: Encoding): string =>
  encoding === 'base64' ? Buffer.from(bytes, 'latin1').toString('base64') : textOf(bytes);

function value(reply: Reply, encoding: Encoding): Json {
  if (reply === null || typeof reply === 'number') return reply;
  if (typeof reply === 'string') return encode(reply, encoding);
  if (Array.isArray(reply)) return reply.map((item) => value(item, encoding));
  // An error inside an array can only come from a script; it has no form of its own in Upstash's JSON.
  return isFailure(reply) ? { error: textOf(reply.error) } : encode(reply.status, encoding);
}

const isOk = (reply: Reply) =>
  reply === 'OK' ||
  (typeof reply === 'object' && reply !== null && 'status' in reply && reply.status === 'OK');

/** `{result}` or `{error}`. A result that is `OK` stays legible in base64 too, as Upstash leaves it. */
export function envelope(reply: Reply, encoding: Encoding): { result: Json } | Failure {
  if (isFailure(reply)) return { error: textOf(reply.error) };
  return { result: isOk(reply) ? 'OK' : value(reply, encoding) };
}
