import type { Principal } from '../../../access-token/principal.ts';
import type { Config } from '../../../config.ts';
import { signalAt } from '../../server/deadline.ts';
import { followChanges, newestChange } from '../../server/resource-changes.ts';
import { retryInterval } from '../transport.ts';
import { eventStream } from './sse.ts';
import { subscribed } from './subscriptions.ts';

/** Numbers far above the store's milliseconds, and below those that it refuses. */
const eventId = /^changes\.(\d{1,16}-\d{1,16})$/;
const formatChangeId = (id: string) => `changes.${id}`;

/** The change that an event of a standing stream told of; undefined for other streams' event ids. */
export function parseChangeId(lastEventId: string): string | undefined {
  return eventId.exec(lastEventId)?.[1];
}

/**
 * The stream that a legacy client holds open to hear of changes made at any instance: list changes, and updates
 * of the resources that its session subscribed to. Ends before the deadline, for the client to come again.
 *
 * @param from the last change that the client heard of.
 */
export function standingStream(
  config: Config,
  principal: Principal,
  {
    ph,
    sessionId,
    deadline,
    from,
  }: { ph: string; sessionId: string; deadline: number; from?: string | undefined },
): Response {
  return eventStream(async (stream) => {
    const start = from ?? (await newestChange(config, principal));
    // The first event has an id, so that a client which is cut off before any change misses none either.
    stream.send({ id: formatChangeId(start), retry: retryInterval });
    await followChanges(
      config,
      principal,
      async ({ uris }, id) => {
        const method = 'notifications/resources/list_changed';
        const updates = await subscribed(config, ph, sessionId, uris);
        for (const uri of updates)
          stream.send({
            message: { jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri } },
          });
        stream.send({ id: formatChangeId(id), message: { jsonrpc: '2.0', method } });
      },
      AbortSignal.any([stream.signal, signalAt(deadline)]),
      start,
    );
  });
}
