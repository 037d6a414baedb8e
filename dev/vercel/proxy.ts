import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Destination } from './instances.ts';
import type { PlatformErrorCode } from './platform-error.ts';
import type { FunctionEntry } from './project.ts';

/** One request on its way to a function. */
export type Invocation = {
  request: IncomingMessage;
  response: ServerResponse;
  entry: FunctionEntry;
  /** Path and query as the function sees them. */
  path: string;
  /** Headers that the platform sets, over whatever the client sent. */
  platformHeaders: Record<string, string>;
  fail(code: PlatformErrorCode): void;
};

/** Vercel's limit for a request body. */
const maxBodyBytes = 4.5 * 1024 * 1024;
/** What Vercel sends if a function does not set it. */
const defaultCacheControl = 'public, max-age=0, must-revalidate';
/** How long to wait for the exit of a process after its connection was lost. */
const exitTimeoutMs = 100;
const hopByHop = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
]);

/**
 * Streams a request to an instance and its response back, within the function's time limit. Enforces, from Vercel's
 * documentation: a request body of at most 4.5 MB (413 `FUNCTION_PAYLOAD_TOO_LARGE`), `maxDuration` (504
 * `FUNCTION_INVOCATION_TIMEOUT`, or a response that is cut off), and 500 `FUNCTION_INVOCATION_FAILED`. A response has no limit,
 * because these functions stream.
 *
 * If the client disconnects, the invocation is cancelled only if `supportsCancellation` is set. Otherwise it runs to
 * its end, as on Vercel.
 */
export function proxy(
  { request, response, entry, path, platformHeaders, fail }: Invocation,
  to: Destination,
): void {
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) {
    discardBody(request, () => fail('FUNCTION_PAYLOAD_TOO_LARGE'));
    return;
  }

  const deadline = new Date(Date.now() + entry.maxDurationMs).toISOString();
  const upstream = httpRequest({
    host: '127.0.0.1',
    port: to.port,
    agent: to.agent,
    method: request.method,
    path,
    headers: {
      ...forwardable(request),
      ...platformHeaders,
      'x-local-function': entry.route,
      'x-local-deadline': deadline,
    },
  });
  let over = false;
  const end = (code: PlatformErrorCode) => {
    if (over) return;
    over = true;
    clearTimeout(timer);
    upstream.destroy();
    if (response.headersSent) response.destroy();
    else if (!response.destroyed) fail(code);
  };
  const timer = setTimeout(() => end('FUNCTION_INVOCATION_TIMEOUT'), entry.maxDurationMs);

  whenTooLarge(request, () => {
    request.unpipe(upstream);
    discardBody(request, () => end('FUNCTION_PAYLOAD_TOO_LARGE'));
  });
  request.on('error', () => upstream.destroy());
  request.pipe(upstream);

  const lost = async () => {
    // If the process died, its exit is reported shortly after. Until then the next request would be sent to it.
    await Promise.race([to.exited, delay(exitTimeoutMs)]);
    end('FUNCTION_INVOCATION_FAILED');
  };
  upstream.on('error', lost);
  upstream.on('response', (incoming) => {
    incoming.on('error', lost);
    incoming.on('end', () => {
      over = true;
      clearTimeout(timer);
      if (request.complete) return;
      // The function has answered without reading the whole body. Forwarding the rest could stall.
      request.unpipe(upstream);
      request.resume();
      upstream.destroy();
    });
    if (incoming.headers['x-local-failure']) return end('FUNCTION_INVOCATION_FAILED');
    // The client is gone. Read to the end, so that the function is not blocked.
    if (response.destroyed) return void incoming.resume();
    if (!response.hasHeader('cache-control')) response.setHeader('cache-control', defaultCacheControl);
    const headers = forwardable(incoming);
    // Node frames the body for this client: an HTTP/1.0 client cannot read chunks (RFC 9112 section 6.1).
    delete headers['transfer-encoding'];
    response.writeHead(incoming.statusCode ?? 500, headers);
    response.flushHeaders();
    incoming.pipe(response);
    response.on('close', () => {
      incoming.unpipe(response);
      incoming.resume();
    });
  });
  response.on('close', () => {
    if (!response.writableFinished && (entry.supportsCancellation || !request.complete)) upstream.destroy();
  });
}

/** Headers with what Vercel knows about a client or a deployment. What a client sends under their names is never seen. */
const platformOnly = /^x-vercel-(?:ip-|sc-|deployment-url$|oidc-token$|proxied-for$|cron-)/;

/** End-to-end headers of a message, with all values. Headers of the local front are never forwarded. */
function forwardable(message: IncomingMessage): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, values = []] of Object.entries(message.headersDistinct)) {
    const [first, ...others] = values;
    if (first === undefined || hopByHop.has(name) || name.startsWith('x-local-')) continue;
    if (platformOnly.test(name)) continue;
    headers[name] = others.length > 0 ? values : first;
  }
  return headers;
}

/** Calls `then` once, if a body without Content-Length exceeds the limit. */
function whenTooLarge(request: IncomingMessage, then: () => void): void {
  let received = 0;
  request.on('data', (chunk: Buffer) => {
    const before = received;
    received += chunk.length;
    if (before <= maxBodyBytes && received > maxBodyBytes) then();
  });
}

/**
 * Reads the rest of the body before answering: a client that is still sending would get a reset instead of the
 * answer.
 */
function discardBody(request: IncomingMessage, then: () => void): void {
  request.once('end', then);
  request.resume();
}
