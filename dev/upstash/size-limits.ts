/**
 * Upstash's size limits on its Free and Pay as you go plans. Enforces, from its troubleshooting pages:
 *
 * - 10 MB for a request, and for what a command answers: `ERR max request size exceeded`;
 * - 32 KB for a key: `ERR max key size exceeded`.
 *
 * Not enforced: 100 MB for one entry, and the plan's limits for commands a second and a month, which the fault `limited`
 * stands for.
 */
import { type Bytes, type Failure, isFailure, type Reply } from './backend.ts';

export const mostBytes = 10 * 1024 * 1024;
export const tooLarge = `ERR max request size exceeded. Limit: ${mostBytes} bytes`;
const mostKeyBytes = 32 * 1024;

/** Commands without keys, or whose keys are not the first arguments. Their keys are not checked. */
const withoutKeys = new Set(
  `
  ACL COMMAND CONFIG DBSIZE ECHO EVAL EVALSHA EVALSHA_RO EVAL_RO FCALL FCALL_RO FLUSHALL FLUSHDB FUNCTION INFO KEYS
  MEMORY PING PUBLISH PUBSUB RANDOMKEY SCAN SCRIPT TIME XGROUP XINFO XREAD XREADGROUP
  `.match(/\S+/g),
);
const onlyKeys = new Set(['DEL', 'EXISTS', 'MGET', 'TOUCH', 'UNLINK']);

function keysOf([name = '', ...args]: Bytes[]): Bytes[] {
  const command = name.toUpperCase();
  if (withoutKeys.has(command)) return [];
  if (onlyKeys.has(command)) return args;
  if (command === 'MSET' || command === 'MSETNX') return args.filter((_, index) => index % 2 === 0);
  return args.slice(0, 1);
}

/** The error for a command with a key that is too long, or undefined. */
export function oversizedKey(words: Bytes[]): Failure | undefined {
  const key = keysOf(words).find(({ length }) => length > mostKeyBytes);
  if (key === undefined) return undefined;
  return { error: `ERR max key size exceeded. Limit: ${mostKeyBytes} bytes, Actual: ${key.length} bytes` };
}

/** The reply, or the error for one that is too large. */
export function limitedReply(reply: Reply): Reply {
  return sizeOf(reply) > mostBytes ? { error: tooLarge } : reply;
}

function sizeOf(reply: Reply): number {
  if (typeof reply === 'string') return reply.length;
  if (Array.isArray(reply)) return reply.reduce<number>((sum, each) => sum + sizeOf(each), 0);
  return typeof reply === 'object' && reply !== null && isFailure(reply) ? reply.error.length : 0;
}
