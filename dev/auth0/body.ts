import { IncomingMessage } from 'node:http';
import type { Context } from 'koa';

const limitBytes = 1024 * 1024;

/** A request body by its content type, or the reason why it could not be read. */
export type Body =
  | { kind: 'form'; params: URLSearchParams }
  | { kind: 'json'; value: unknown }
  | { kind: 'none' }
  | { kind: 'malformed' }
  | { kind: 'unsupported' }
  | { kind: 'too large' };

async function readText(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request) {
      size += chunk.length;
      // Read to the end anyway: the refusal could not be sent on a closed connection.
      if (size <= limitBytes) chunks.push(chunk);
    }
  } catch {
    // The client is gone: nobody reads the answer.
    return '';
  }
  return size > limitBytes ? undefined : Buffer.concat(chunks).toString('utf8');
}

/** Reads the body, which is possible once. Call `replaceBody` if other middleware must read it again. */
export async function readBody(ctx: Context): Promise<Body> {
  const text = await readText(ctx.req);
  if (text === undefined) return { kind: 'too large' };
  if (text === '') return { kind: 'none' };
  if (ctx.is('urlencoded')) return { kind: 'form', params: new URLSearchParams(text) };
  if (!ctx.is('json')) return { kind: 'unsupported' };
  try {
    return { kind: 'json', value: JSON.parse(text) };
  } catch {
    return { kind: 'malformed' };
  }
}

/** Replaces a body that was read with a form, for middleware that reads it again. */
export function replaceBody(ctx: Context, params: Record<string, string>): void {
  const text = new URLSearchParams(params).toString();
  const replay = new IncomingMessage(ctx.req.socket);
  const { authorization: _checked, ...headers } = ctx.req.headers;
  replay.method = ctx.req.method;
  replay.url = ctx.req.url;
  replay.headers = {
    ...headers,
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(Buffer.byteLength(text)),
  };
  // An incomplete message would close the socket.
  replay.complete = true;
  replay.push(text);
  replay.push(null);
  ctx.req = replay;
  ctx.request.req = replay;
  ctx.response.req = replay;
}

/** The string parameters of a form or JSON body. Undefined if a form repeats one or a JSON body has other values. */
export function stringParams(body: Body): Record<string, string> | undefined {
  if (body.kind === 'none') return {};
  if (body.kind === 'form') {
    const params = Object.fromEntries(body.params);
    return Object.keys(params).length === body.params.size ? params : undefined;
  }
  if (body.kind !== 'json' || typeof body.value !== 'object' || body.value === null) return undefined;
  const entries = Object.entries(body.value).filter(([, value]) => value !== null && value !== undefined);
  if (!entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')) return undefined;
  return Object.fromEntries(entries);
}
