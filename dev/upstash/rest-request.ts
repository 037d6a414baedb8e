import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { type Bytes, bytesOf } from './backend.ts';
import { mostBytes, tooLarge } from './size-limits.ts';

/** A request that is not a valid command. `status` is the HTTP status. */
export class BadRequest extends Error {
  readonly status: number;
  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}

/** Reads the body as bytes. Throws BadRequest if it exceeds Upstash's limit. */
export async function readBody(request: IncomingMessage): Promise<Bytes> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Keeps the socket open if the body is too long, so that the answer can be sent.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostBytes) throw new BadRequest(tooLarge, 413);
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

/** Splits `/a/b%20c` into unescaped segments. */
export const pathSegments = (pathname: string): Bytes[] => pathname.slice(1).split('/').map(unescapeBytes);

/** A command such as `/set/key?EX=10` with the value as body: words of the path, then the body, then the query. */
export function commandFromPath(segments: Bytes[], body: Bytes, query: string): Bytes[] {
  const options = query
    .split('&')
    .filter((part) => part !== '' && !part.startsWith('_token='))
    .flatMap((part) => part.split('=', 2))
    .filter((part) => part !== '')
    .map((part) => unescapeBytes(part.replaceAll('+', ' ')));
  return [...segments, ...(body === '' ? [] : [body]), ...options];
}
