import type { Config } from '../../../config.ts';
import { follow, readAfter } from '../../../store/feed.ts';
import { leaseKey } from '../../../store/keys.ts';
import { errorCodes } from '../../json-rpc.ts';
import { signalAt } from '../../server/deadline.ts';
import { retryInterval } from '../transport.ts';
import { events, type StoredEvent } from './recording.ts';
import { eventStream } from './sse.ts';
import { type EventId, formatEventId } from './wire-ids.ts';

/** Milliseconds without a sign of life after which a call is lost: once it has given one, and before. */
const patience = 500;
const patienceWithYoung = 3_000;

/**
 * The rest of a call's stream after an event, at whichever instance the client asks: what it missed, what is
 * still to come, and the answer. Only stored events are read; the call itself goes on where it runs. If that
 * instance is gone, the client gets an error. Ends by itself before the deadline, so that the client asks again.
 */
export function resumeCall(config: Config, ph: string, from: EventId, deadline: number): Response {
  const { key } = events(ph, from.invocation);
  const lease = leaseKey(ph, from.invocation);
  let { number } = from;
  return eventStream(async (stream) => {
    const signal = AbortSignal.any([stream.signal, signalAt(deadline)]);
    const read = () => readAfter(config, key, `${number}-0`, [lease]);
    let aliveAt = Date.now();
    let announced = false;
    stream.send({ retry: retryInterval });
    for await (const { entries, present } of follow(config, key, read, signal)) {
      for (const { id, text } of entries) {
        const { message, end }: StoredEvent = JSON.parse(text);
        number = Number.parseInt(id, 10);
        stream.send({ id: formatEventId({ ...from, number, end }), message });
        if (end) return;
      }
      announced ||= present || entries.length > 0;
      if (present || entries.length > 0) aliveAt = Date.now();
      else if (Date.now() - aliveAt > (announced ? patience : patienceWithYoung)) {
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
      'The call was lost: its answer cannot be had any more. It may have been carried out; look before calling again.',
  },
});
