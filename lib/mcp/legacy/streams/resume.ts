import type { Config } from '../../../config.ts';
import { follow, readAfter } from '../../../store/feed.ts';
import { leaseKey } from '../../../store/keys.ts';
import { parseStored } from '../../../store/stored.ts';
import { errorCodes } from '../../json-rpc.ts';
import { signalAt } from '../../server/deadline.ts';
import { events, storedEvent } from './recording.ts';
import { eventStream, retryMs } from './sse.ts';
import { type EventId, formatEventId } from './wire-ids.ts';

/** How long a call may show neither a lease nor an event before it counts as lost. */
const lostAfterMs = 500;

/** The same for a call that has not shown one yet: it may still be too young to be announced. */
const unannouncedLostAfterMs = 3_000;

/**
 * The rest of a call's stream after an event, on any instance: what the client missed, what follows, and the answer.
 * Reads only stored events; the call itself goes on where it runs. If that instance is gone, the client gets an error.
 * The stream ends before the deadline, so that the client resumes again.
 */
export function resumeCall(
  config: Config,
  principalHash: string,
  from: EventId,
  deadlineMs: number,
): Response {
  const { key } = events(principalHash, from.invocation);
  const lease = leaseKey(principalHash, from.invocation);
  let { number } = from;
  return eventStream(async (stream) => {
    const signal = AbortSignal.any([stream.signal, signalAt(deadlineMs)]);
    const read = () => readAfter(config, key, `${number}-0`, [lease]);
    let aliveAtMs = Date.now();
    let announced = false;
    stream.send({ retry: retryMs });
    for await (const { entries, present } of follow(config, key, read, signal)) {
      for (const { id, text } of entries) {
        number = Number.parseInt(id, 10);
        const event = parseStored(storedEvent, text);
        if (!event) continue;
        const { message, end } = event;
        stream.send({ id: formatEventId({ ...from, number, end }), message });
        if (end) return;
      }
      const alive = present || entries.length > 0;
      announced ||= alive;
      if (alive) aliveAtMs = Date.now();
      else if (Date.now() - aliveAtMs > (announced ? lostAfterMs : unannouncedLostAfterMs)) {
        const id = formatEventId({ ...from, number: number + 1, end: true });
        return stream.send({ id, message: lost(from) });
      }
    }
  });
}

const lost = ({ requestId }: EventId) => ({
  jsonrpc: '2.0',
  id: requestId,
  error: {
    code: errorCodes.internalError,
    message:
      'The call was lost and has no answer. It may have been carried out: check before you call again.',
  },
});
