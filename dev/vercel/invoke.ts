import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';

/** What a function module exports. */
export type FetchHandler = { fetch(request: Request): Response | Promise<Response> };

/** Undici forwards an abort through a weak reference to the request, so the request must be kept alive. */
const inFlight = new Set<Request>();

/** Requests whose remaining body is dropped. */
const discarded = new WeakSet<IncomingMessage>();

/**
 * Calls a function with a web `Request` and streams its `Response` back.
 *
 * Rejects if the function throws, returns something other than a response, or aborts its body.
 *
 * @param cancellable Whether a disconnecting client aborts `request.signal` (`supportsCancellation`).
 */
export async function invoke(
  handler: FetchHandler,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  cancellable: boolean,
): Promise<void> {
  const cancellation = new AbortController();
  const request = toRequest(incoming, cancellation.signal);
  inFlight.add(request);
  outgoing.once('close', () => {
    if (cancellable && !outgoing.writableFinished) cancellation.abort();
    inFlight.delete(request);
  });
  const response = await handler.fetch(request);
  if (outgoing.destroyed) return await response.body?.cancel();
  // Drop what the function did not read: it would block the next request on this connection.
  outgoing.once('finish', () => discard(incoming));
  outgoing.writeHead(response.status, [...response.headers].flat());
  outgoing.flushHeaders();
  if (!response.body) return void outgoing.end();
  try {
    await pipeline(Readable.fromWeb(response.body as NodeReadableStream), outgoing);
  } catch (error) {
    if (!isPrematureClose(error)) throw error;
  }
}

function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request {
  const { method = 'GET', url = '/', headersDistinct } = incoming;
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(headersDistinct)) {
    if (name.startsWith('x-local-') || name === 'connection' || name === 'transfer-encoding') continue;
    for (const value of values) headers.append(name, value);
  }
  const origin = `${headers.get('x-forwarded-proto')}://${headers.get('host')}`;
  const init: RequestInit & { duplex?: 'half' } = { method, headers, signal };
  if (method !== 'GET' && method !== 'HEAD') {
    init.body = bodyOf(incoming);
    init.duplex = 'half';
  }
  return new Request(origin + url, init);
}

/**
 * The body as it arrives. With Node's own conversion, a function that stops reading would close the connection before
 * its answer is sent. Here the rest is read and dropped.
 */
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => {
      incoming.on('data', (chunk: Buffer) => {
        if (discarded.has(incoming)) return;
        controller.enqueue(new Uint8Array(chunk));
        if ((controller.desiredSize ?? 0) <= 0) incoming.pause();
      });
      incoming.once('end', () => {
        if (!discarded.has(incoming)) controller.close();
      });
      incoming.once('error', (error) => controller.error(error));
    },
    pull: () => void incoming.resume(),
    cancel: () => discard(incoming),
  });
}

function discard(incoming: IncomingMessage): void {
  discarded.add(incoming);
  incoming.resume();
}

/** Whether the client disconnected while the body was being sent. That is not a failure of the function. */
function isPrematureClose(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}
