import { randomBytes } from 'node:crypto';
import { setImmediate as immediate } from 'node:timers/promises';
import type { EventStore } from '@modelcontextprotocol/server';
import { waitUntil } from '@vercel/functions';
import type { Config } from '../../../config.ts';
import { errorFields, log } from '../../../log.ts';
import type { RequestId } from '../../json-rpc.ts';
import { openMailbox, receive } from './mailbox.ts';
import { createRecording } from './recording.ts';
import { announceCall, beat, forgetCall, prolongCall } from './running-call.ts';
import { watched } from './watched-response.ts';
import { formatEventId } from './wire-ids.ts';

/** Milliseconds after which a call is long: from then on others can find, follow and cancel it. */
const longAfter = 1_000;

export type InvocationOptions = {
  config: Config;
  ph: string;
  sessionId: string | undefined;
  requestId: RequestId;
  /** Milliseconds since the epoch by which the call must have been answered. */
  deadline: number;
  /** A message from the client that arrived at whichever instance. */
  onMessage(message: Record<string, unknown>): void;
  /** The client wants no answer any more. */
  onCancelled(): void;
  /** Time is up. */
  onDeadline(): void;
};

export type Invocation = ReturnType<typeof startInvocation>;

/**
 * One call of a client, as far as it can outlive the connection that it came on. A call that answers within a
 * second costs the store nothing; one that takes longer, asks something, or loses its connection leaves in the
 * store what another instance needs to carry on.
 */
export function startInvocation(options: InvocationOptions) {
  const { config, ph, sessionId, requestId, onMessage } = options;
  const invocation = randomBytes(16).toString('base64url');
  const call = { ph, sessionId, requestId, invocation, startedAt: Date.now() };
  const recording = createRecording(config, ph, invocation);
  const awaited = new Set<unknown>();
  const over = new AbortController();
  const warn = (what: string) => (error: unknown) => log('warn', what, errorFields(error));
  let [answered, delivered, left] = [false, false, false];
  let announced: Promise<void> | undefined;
  let listening: Promise<void> | undefined;
  let beating: NodeJS.Timeout | undefined;

  // The platform must not stop the instance while somebody may still come back for the answer.
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
  waitUntil(finished);

  const becomeLong = () => {
    if (over.signal.aborted) return;
    recording.save();
    announced ??= announce().catch(warn('call not announced'));
  };
  /** The connection has ended before the answer. */
  const leave = () => {
    left = true;
    recording.hurry();
    becomeLong();
  };
  const announce = async () => {
    // Whoever finds the call announced must find its mailbox, too.
    if (sessionId !== undefined) await listen().catch(warn('mailbox not opened'));
    const cancelledBefore = await announceCall(config, call);
    if (over.signal.aborted) return;
    if (cancelledBefore) return void cancel();
    beating = setInterval(() => prolongCall(config, call).catch(warn('call not prolonged')), beat);
  };
  const listen = () => {
    listening ??= openMailbox(config, ph, invocation).then(
      () => void receive(config, ph, invocation, take, over.signal).catch(warn('mailbox failed')),
      (error) => {
        listening = undefined;
        throw error;
      },
    );
    return listening;
  };
  const take = (message: Record<string, unknown>) => {
    if (message.method === 'notifications/cancelled') return void cancel();
    // Answered already, or never asked: an answer counts once.
    if (message.id !== undefined && !awaited.delete(message.id)) return;
    onMessage(message);
  };
  const cancel = async () => {
    onMessage({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } });
    // The handler has stopped; what it had asked the client is withdrawn before the stream ends.
    await immediate();
    recording.add({ end: true });
    options.onCancelled();
    await end();
  };
  const settle = async () => {
    if (answered && (delivered || left)) await end();
  };
  const end = async () => {
    if (over.signal.aborted) return;
    over.abort();
    for (const timer of timers) clearTimeout(timer);
    await announced;
    clearInterval(beating);
    await recording.stored();
    if (announced || listening) await forgetCall(config, call).catch(warn('call not forgotten'));
    finish();
  };
  const timers = [
    setTimeout(becomeLong, longAfter),
    setTimeout(
      () => {
        options.onDeadline();
        left = true;
        void settle();
      },
      Math.max(0, options.deadline - Date.now()),
    ),
  ];
  const eventStore: EventStore = {
    storeEvent: async (_stream, message) => {
      // The first event primes the client with an id and is not worth storing: it says nothing.
      if (!('jsonrpc' in message)) return formatEventId({ invocation, number: 0, requestId });
      const end = 'id' in message && message.id === requestId && !('method' in message);
      const number = recording.add({ message, ...(end && { end }) });
      if (end) {
        answered = true;
        void settle();
      }
      return formatEventId({ invocation, number, requestId, end });
    },
    replayEventsAfter: () => Promise.reject(new Error('Streams are resumed from the store')),
  };

  return {
    id: invocation,
    eventStore,
    /** To be called before a request to the client leaves, since its answer may arrive anywhere. */
    async expectAnswer(number: number): Promise<void> {
      awaited.add(number);
      // People take longer than a second.
      becomeLong();
      await listen();
    },
    /** The response, watched: a client that leaves before its end makes the call one to be resumed. */
    watch(response: Response): Response {
      if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
        void end();
        return response;
      }
      return watched(response, {
        onEnd: () => {
          if (answered) delivered = true;
          else leave();
          return settle();
        },
        onLeave: () => {
          leave();
          return settle();
        },
      });
    },
  };
}
