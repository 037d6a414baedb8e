import { errorFields, log } from '../../../log.ts';

/** One server-sent event; without a message it marks a place, or tells how soon to come again. */
export type SseEvent = { id?: string; retry?: number; message?: unknown };

export type Stream = {
  send(event: SseEvent): void;
  /** Aborts when the client leaves. */
  signal: AbortSignal;
};

/** Milliseconds between comments that keep proxies from closing a silent stream. */
const keepAlive = 15_000;

/** A response that streams what `produce` sends, until that returns or the client leaves. */
export function eventStream(produce: (stream: Stream) => Promise<void>): Response {
  const left = new AbortController();
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      const write = (text: string) => {
        if (!left.signal.aborted) controller.enqueue(encoder.encode(text));
      };
      const alive = setInterval(() => write(': keepalive\n\n'), keepAlive);
      produce({ send: (event) => write(format(event)), signal: left.signal })
        .catch((error) => log('error', 'stream failed', errorFields(error)))
        .finally(() => {
          clearInterval(alive);
          if (left.signal.aborted) return;
          left.abort();
          controller.close();
        });
    },
    cancel: () => left.abort(),
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
    // Without data an event is not an event, and its id would not count.
    ...(id !== undefined && message === undefined ? ['data: '] : []),
  ];
  return `${lines.join('\n')}\n\n`;
}
