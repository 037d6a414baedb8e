import { randomBytes } from 'node:crypto';
import { setImmediate as immediate } from 'node:timers/promises';
import type { EventStore } from '@modelcontextprotocol/server';
import type { Config } from '../../../config.ts';
import { watched } from '../../../http/watched-response.ts';
import { waitUntil } from '../../../invocation.ts';
import { errorFields, log } from '../../../log.ts';
import type { RequestId } from '../../json-rpc.ts';
import { type ClientMessage, openMailbox, receive } from './mailbox.ts';
import { createRecording } from './recording.ts';
import { announceCall, forgetCall, leaseRenewalMs, type RunningCall, renewLease } from './running-call.ts';
import { formatEventId } from './wire-ids.ts';

/** After this time a call is shared: other instances can find, follow and cancel it. */
const shareAfterMs = 1_000;

export type InvocationOptions = {
  config: Config;
  principalHash: string;
  sessionId: string | undefined;
  requestId: RequestId;
  /** When the call must have been answered, in milliseconds since the epoch. */
  deadlineMs: number;
  /** A message from the client, which may have arrived at another instance. */
  onMessage(message: ClientMessage): void;
  /** The client does not want an answer any more. */
  onCancelled(): void;
  /** The deadline has passed. */
  onDeadline(): void;
};

export type Invocation = ReturnType<typeof startInvocation>;

/**
 * One call of a client, which can outlive the connection that it arrived on. A call that is answered within a second
 * costs the store nothing. One that takes longer, asks the client something, or loses its connection is shared: the
 * store holds what another instance needs to resume its stream, answer its questions and cancel it.
 */
export function startInvocation(options: InvocationOptions) {
  const { config, principalHash, sessionId, requestId, onMessage } = options;
  const invocation = randomBytes(16).toString('base64url');
  const call: RunningCall = { principalHash, sessionId, requestId, invocation, startedAtMs: Date.now() };
  const recording = createRecording(config, principalHash, invocation);
  const awaitedAnswers = new Set<unknown>();
  const ended = new AbortController();
  const warn = (what: string) => (error: unknown) => log('warn', what, errorFields(error));
  let [answered, delivered, disconnected] = [false, false, false];
  let announced: Promise<void> | undefined;
  let listening: Promise<void> | undefined;
  let leaseTimer: NodeJS.Timeout | undefined;

  // The platform must not stop the instance while the client may still come back for the answer.
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
  waitUntil(finished);

  const share = () => {
    if (ended.signal.aborted) return;
    recording.startStoring();
    announced ??= announce().catch(warn('call not announced'));
  };
  /** The connection has ended before the answer. */
  const disconnect = () => {
    disconnected = true;
    recording.skipDelay();
    share();
  };
  const announce = async () => {
    // An instance that finds the call must find its mailbox, too.
    if (sessionId !== undefined) await listen().catch(warn('mailbox not opened'));
    const cancelled = await announceCall(config, call);
    if (ended.signal.aborted) return;
    if (cancelled) return void cancel();
    const renew = () => renewLease(config, call).catch(warn('lease not renewed'));
    leaseTimer = setInterval(renew, leaseRenewalMs);
  };
  const listen = () => {
    listening ??= openMailbox(config, principalHash, invocation).then(
      () => {
        const receiving = receive(config, principalHash, invocation, take, ended.signal);
        void receiving.catch(warn('mailbox failed'));
      },
      (error) => {
        listening = undefined;
        throw error;
      },
    );
    return listening;
  };
  const take = (message: ClientMessage) => {
    if (message.method === 'notifications/cancelled') return void cancel();
    // An answer counts once: ignore one that came already or that nothing asked for.
    if (message.id !== undefined && !awaitedAnswers.delete(message.id)) return;
    onMessage(message);
  };
  const cancel = async () => {
    onMessage({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } });
    // The handler has stopped. Let the questions that it asked be withdrawn before the stream ends.
    await immediate();
    recording.add({ end: true });
    options.onCancelled();
    await end();
  };
  const endIfSettled = async () => {
    if (answered && (delivered || disconnected)) await end();
  };
  const end = async () => {
    if (ended.signal.aborted) return;
    ended.abort();
    for (const timer of timers) clearTimeout(timer);
    await announced;
    clearInterval(leaseTimer);
    await recording.stored();
    if (announced || listening) await forgetCall(config, call).catch(warn('call not forgotten'));
    finish();
  };
  const timeOut = () => {
    options.onDeadline();
    disconnected = true;
    void endIfSettled();
  };
  const timers = [
    setTimeout(share, shareAfterMs),
    setTimeout(timeOut, Math.max(0, options.deadlineMs - Date.now())),
  ];
  const eventStore: EventStore = {
    storeEvent: async (_stream, message) => {
      // The first event only gives the client an id. It says nothing, so it is not stored.
      if (!('jsonrpc' in message)) return formatEventId({ invocation, number: 0, requestId });
      const end = 'id' in message && message.id === requestId && !('method' in message);
      const number = recording.add({ message, ...(end && { end }) });
      if (end) {
        answered = true;
        void endIfSettled();
      }
      return formatEventId({ invocation, number, requestId, end });
    },
    replayEventsAfter: () => Promise.reject(new Error('Streams are resumed from the store')),
  };

  return {
    id: invocation,
    eventStore,
    /** Call this before a request to the client is sent, because its answer may arrive at any instance. */
    async expectAnswer(number: number): Promise<void> {
      awaitedAnswers.add(number);
      // A person needs longer than a second.
      share();
      await listen();
    },
    /** The response, watched: if the client disconnects before its end, the call's stream can be resumed. */
    watch(response: Response): Response {
      if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
        void end();
        return response;
      }
      return watched(response, {
        onEnd: () => {
          if (answered) delivered = true;
          else disconnect();
          return endIfSettled();
        },
        onDisconnect: () => {
          disconnect();
          return endIfSettled();
        },
      });
    },
  };
}
