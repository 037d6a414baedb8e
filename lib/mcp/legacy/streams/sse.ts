import { errorFields, log } from '../../../log.ts';

/** How soon a client that lost its stream should reconnect. */
export const retryMs = 1_000;

/** The interval of comments that keep proxies from closing a silent stream. */
const keepAliveMs = 15_000;

/** One server-sent event. Without a message it only carries an id or the retry interval. */
export type SseEvent = { id?: string; retry?: number; message?: unknown };

export type Stream = {
  send(event: SseEvent): void;
  /** Aborts when the client disconnects. */
  signal: AbortSignal;
};

/** A response that streams what `produce` sends, until `produce` returns or the client disconnects. */
export function eventStream(produce: (stream: Stream) => Promise<void>): Response {
  const ended = new AbortController();
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      const write = (text: string) => {
        if (!ended.signal.aborted) controller.enqueue(encoder.encode(text));
      };
      const keepAlive = setInterval(() => write(': keepalive\n\n'), keepAliveMs);
      produce({ send: (event) => write(format(event)), signal: ended.signal })
        .catch((error) => log('error', 'stream failed', errorFields(error)))
        .finally(() => {
          clearInterval(keepAlive);
          if (ended.signal.aborted) return;
          ended.abort();
          controller.close();
        });
    },
    cancel: () => ended.abort(),
  });
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    },
  });
}

function format({ id, retry, message }: SseEvent): string {
  const lines = [
    ...(id === undefined ? [] : [`id: ${id}`]),
    ...(retry === undefined ? [] : [`retry: ${retry}`]),
    ...(message === undefined ? [] : ['event: message', `data: ${JSON.stringify(message)}`]),
    // A client ignores an event without data, and with it the id.
    ...(id !== undefined && message === undefined ? ['data: '] : []),
  ];
  return `${lines.join('\n')}\n\n`;
}
