import { type Bytes, type Failure, isFailure, type Reply, textOf } from './backend.ts';

/** How strings are encoded in JSON: as text, or all in base64. */
export type Encoding = 'text' | 'base64';
type Json = null | number | string | Json[] | { error: string };

const encode = (bytes: Bytes, encoding: Encoding): string =>
  encoding === 'base64' ? Buffer.from(bytes, 'latin1').toString('base64') : textOf(bytes);

function value(reply: Reply, encoding: Encoding): Json {
  if (reply === null || typeof reply === 'number') return reply;
  if (typeof reply === 'string') return encode(reply, encoding);
  if (Array.isArray(reply)) return reply.map((item) => value(item, encoding));
  // An error inside an array can only come from a script. Upstash's JSON has no form for it.
  return isFailure(reply) ? { error: textOf(reply.error) } : encode(reply.status, encoding);
}

const isOk = (reply: Reply) =>
  reply === 'OK' ||
  (typeof reply === 'object' && reply !== null && 'status' in reply && reply.status === 'OK');

/** `{result}` or `{error}`. Like Upstash, does not encode a result of `OK` in base64. */
export function envelope(reply: Reply, encoding: Encoding): { result: Json } | Failure {
  if (isFailure(reply)) return { error: textOf(reply.error) };
  return { result: isOk(reply) ? 'OK' : value(reply, encoding) };
}
