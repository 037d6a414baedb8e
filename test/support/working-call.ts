import type { StreamEvent } from './event-stream.ts';
import { call } from './mcp-request.ts';

/** A call that reports `count` steps, one every `ms`. */
export const work = (count: number, ms: number) => {
  const body = call('work', { steps: count, ms });
  return { ...body, params: { ...body.params, _meta: { progressToken: 'p' } } };
};

/** The steps that a stream's events report. */
export const steps = (events: (StreamEvent | undefined)[]) =>
  events.flatMap((event) =>
    event?.message?.method === 'notifications/progress' ? event.message.params?.progress : [],
  );

/** The message that a stream ends with. */
export const answerOf = (events: StreamEvent[]) => events.at(-1)?.message;
