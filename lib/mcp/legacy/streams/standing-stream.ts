import type { Principal } from '../../../access-token/principal.ts';
import type { Config } from '../../../config.ts';
import { signalAt } from '../../server/deadline.ts';
import { followChanges, newestChange } from '../../server/resource-changes.ts';
import { eventStream, retryMs } from './sse.ts';
import { subscribed } from './subscriptions.ts';

/** Allows more digits than the store's milliseconds have, and fewer than it refuses. */
const changeEventId = /^changes\.(\d{1,16}-\d{1,16})$/;
const formatChangeId = (id: string) => `changes.${id}`;

/** The change that an event of a standing stream reported. Undefined for the event ids of other streams. */
export function parseChangeId(lastEventId: string): string | undefined {
  return changeEventId.exec(lastEventId)?.[1];
}

export type StandingStreamOptions = {
  principalHash: string;
  sessionId: string;
  deadlineMs: number;
  /** The last change that the client knows. */
  from: string | undefined;
};

/**
 * The stream that a legacy client holds open to learn of changes made on any instance: list changes, and updates of the
 * resources that its session subscribed to. Ends before the deadline, so that the client reconnects.
 */
export function standingStream(
  config: Config,
  principal: Principal,
  { principalHash, sessionId, deadlineMs, from }: StandingStreamOptions,
): Response {
  return eventStream(async (stream) => {
    const start = from ?? (await newestChange(config, principal));
    // The first event has an id, so that a client that disconnects before any change misses none either.
    stream.send({ id: formatChangeId(start), retry: retryMs });
    await followChanges(
      config,
      principal,
      async ({ uris }, id) => {
        for (const uri of await subscribed(config, principalHash, sessionId, uris))
          stream.send({
            message: { jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri } },
          });
        const method = 'notifications/resources/list_changed';
        stream.send({ id: formatChangeId(id), message: { jsonrpc: '2.0', method } });
      },
      AbortSignal.any([stream.signal, signalAt(deadlineMs)]),
      start,
    );
  });
}
