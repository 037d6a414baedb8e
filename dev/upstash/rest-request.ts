import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { type Bytes, bytesOf, type Failure } from './backend.ts';

/** Upstash's limit on a request's size. */
const MAX_BODY = 10 * 1024 * 1024;

/** A request that cannot be a command; `status` is the HTTP status. */
export class BadRequest extends Error {
  readonly status: number;
  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}

/** The body, byte for byte. Throws BadRequest beyond Upstash's limit. */
export async function readBody(request: IncomingMessage): Promise<Bytes> {
  const chunks: Buffer[] = [];
  let size = 0;
  // The socket must outlive a body that is too long, to carry the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) {
      throw new BadRequest(`ERR max request size exceeded. Limit: ${MAX_BODY} bytes`, 413);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('latin1');
}

const word = z.union([z.string(), z.number(), z.boolean()]).transform((value) => bytesOf(String(value)));
const command = z.array(word).min(1);
const commands = z.array(command).min(1);

function parse<T>(schema: z.ZodType<T>, body: Bytes, expected: string): T {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(body, 'latin1').toString('utf8'));
  } catch {
    throw new BadRequest(`ERR failed to parse request: expected ${expected}`);
  }
  const result = schema.safeParse(json);
  if (!result.success) throw new BadRequest(`ERR failed to parse request: expected ${expected}`);
  return result.data;
}

/** `["SET", "key", "value", "EX", 10]` */
export const commandFromBody = (body: Bytes): Bytes[] => parse(command, body, 'a JSON array of strings');

/** `[["SET", "key", "value"], ["GET", "key"]]` */
export const commandsFromBody = (body: Bytes): Bytes[][] =>
  parse(commands, body, 'a JSON array of arrays of strings');

const unescapeBytes = (text: string): Bytes =>
  text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** `/a/b%20c` as its segments, unescaped. */
export const pathSegments = (pathname: string): Bytes[] => pathname.slice(1).split('/').map(unescapeBytes);

/** `/set/key?EX=10` with the value as body: the path's words, then the body, then the query's. */
export function commandFromPath(segments: Bytes[], body: Bytes, query: string): Bytes[] {
  const options = query
    .split('&')
    .filter((part) => part !== '' && !part.startsWith('_token='))
    .flatMap((part) => part.split('=', 2))
    .filter((part) => part !== '')
    .map((part) => unescapeBytes(part.replaceAll('+', ' ')));
  return [...segments, ...(body === '' ? [] : [body]), ...options];
}

/** Commands that belong to a connection, block it or end the server: REST has no place for them. */
const UNAVAILABLE = new Set(
  `AUTH HELLO QUIT RESET SELECT CLIENT MULTI EXEC DISCARD WATCH UNWATCH MONITOR
  SUBSCRIBE UNSUBSCRIBE PSUBSCRIBE PUNSUBSCRIBE SSUBSCRIBE SUNSUBSCRIBE
  BLPOP BRPOP BLMOVE BRPOPLPUSH BLMPOP BZPOPMIN BZPOPMAX BZMPOP WAIT WAITAOF
  SHUTDOWN REPLICAOF SLAVEOF SYNC PSYNC FAILOVER DEBUG`.split(/\s+/),
);

/** The refusal of a command that cannot be given over REST. */
export function unavailable(words: Bytes[]): Failure | undefined {
  const [name = '', ...args] = words.map((part) => part.toUpperCase());
  const streams = args.indexOf('STREAMS');
  const blocks = name.startsWith('XREAD') && args.slice(0, Math.max(0, streams)).includes('BLOCK');
  if (!UNAVAILABLE.has(name) && !blocks) return undefined;
  return { error: `ERR Command is not available: '${name}${blocks ? ' BLOCK' : ''}'` };
}
