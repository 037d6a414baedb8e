import { watched } from '../../../http/watched-response.ts';
import { isObject } from '../../json-rpc.ts';

export type Listener = {
  /** Called with each JSON-RPC response. */
  onAnswer(answer: Record<string, unknown>): void;
  /** Called once, when the body has been sent. */
  onEnd(): void;
  /** Called once instead, if the client left before that. */
  onDisconnect(): void;
};

/** The same response, whose JSON-RPC responses are reported while it is sent. */
export async function withAnswers(response: Response, listener: Listener): Promise<Response> {
  const type = response.headers.get('content-type') ?? '';
  if (type.startsWith('text/event-stream') && response.body) {
    const body = response.body.pipeThrough(eventTap(listener.onAnswer));
    return watched(new Response(body, response), listener);
  }
  if (!type.startsWith('application/json')) {
    listener.onEnd();
    return response;
  }
  const text = await response.text();
  report(text, listener.onAnswer);
  listener.onEnd();
  return new Response(text, response);
}

/** Passes an event stream on and reports the responses in it (HTML standard, section 9.2.6). */
function eventTap(onAnswer: Listener['onAnswer']): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder();
  let rest = '';
  return new TransformStream({
    transform: (chunk, controller) => {
      const events = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
      rest = events.pop() ?? '';
      for (const event of events) report(dataOf(event), onAnswer);
      controller.enqueue(chunk);
    },
  });
}

function dataOf(event: string): string {
  const lines = event.split('\n').filter((line) => line.startsWith('data:'));
  return lines.map((line) => line.slice('data:'.length)).join('\n');
}

/** Reports the responses in a JSON text: one, an array of them, or none. */
function report(text: string, onAnswer: Listener['onAnswer']): void {
  for (const message of [parsed(text)].flat())
    if (isObject(message) && ('result' in message || 'error' in message)) onAnswer(message);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
