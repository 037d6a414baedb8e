import type { JsonRpc } from './mcp-request.ts';

export type StreamEvent = { id?: string; retry?: number; message?: JsonRpc };

export type EventReader = {
  status: number;
  headers: Headers;
  /** The next event, or undefined at the stream's end. Rejects when the connection breaks. */
  next(): Promise<StreamEvent | undefined>;
  /** Events up to the first whose message fits. */
  until(fits: (message: JsonRpc) => boolean): Promise<StreamEvent>;
  /** All events up to the end. */
  rest(): Promise<StreamEvent[]>;
  /** Leaves, as a client does that loses its connection. */
  leave(): Promise<void>;
};

/** Reads a response as server-sent events, one at a time. */
export function readEvents(response: Response): EventReader {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = '';
  const next: EventReader['next'] = async () => {
    for (;;) {
      const end = buffer.indexOf('\n\n');
      if (end >= 0) {
        const block = buffer.slice(0, end);
        buffer = buffer.slice(end + 2);
        const event = parse(block);
        if (event) return event;
        continue;
      }
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) return undefined;
      buffer += value;
    }
  };
  return {
    status: response.status,
    headers: response.headers,
    next,
    until: async (fits) => {
      for (;;) {
        const event = await next();
        if (!event) throw new Error('The stream ended before');
        if (event.message && fits(event.message)) return event;
      }
    },
    rest: async () => {
      const events: StreamEvent[] = [];
      for (let event = await next(); event; event = await next()) events.push(event);
      return events;
    },
    leave: async () => reader?.cancel(),
  };
}

function parse(block: string): StreamEvent | undefined {
  const event: StreamEvent = {};
  for (const line of block.split('\n')) {
    const [name, value = ''] = line.split(/: (.*)/s);
    if (name === 'id') event.id = value;
    else if (name === 'retry') event.retry = Number(value);
    else if (name === 'data' && value) event.message = JSON.parse(value);
  }
  return Object.keys(event).length > 0 ? event : undefined;
}
