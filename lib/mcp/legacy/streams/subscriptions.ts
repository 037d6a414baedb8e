import { type McpServer, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import type { Config } from '../../../config.ts';
import { subscriptionsKey } from '../../../store/keys.ts';
import { withStore } from '../../../store/redis.ts';

/** Most subscriptions of a session, and the longest URI. */
const most = 100;
const longest = 2_000;

/** Seconds; a session's own absolute life. */
const life = 24 * 60 * 60;

/** Lets a session subscribe to resources; what it subscribed to is known on every instance. */
export function serveSubscriptions(
  server: McpServer,
  config: Config,
  ph: string,
  sessionId: string | undefined,
): void {
  const keyOf = (uri: string) => {
    if (sessionId === undefined)
      throw new ProtocolError(
        ProtocolErrorCode.InvalidRequest,
        'Subscriptions need a session: initialize first',
      );
    if (uri.length > longest) throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'The URI is too long');
    return subscriptionsKey(ph, sessionId);
  };
  server.server.setRequestHandler('resources/subscribe', async ({ params: { uri } }) => {
    const key = keyOf(uri);
    const [, , count] = await withStore(config, (redis) =>
      redis.multi().sadd(key, uri).expire(key, life).scard(key).exec<[number, number, number]>(),
    );
    if (count > most) {
      await withStore(config, (redis) => redis.srem(key, uri));
      throw new ProtocolError(ProtocolErrorCode.InvalidRequest, `At most ${most} subscriptions`);
    }
    return {};
  });
  server.server.setRequestHandler('resources/unsubscribe', async ({ params: { uri } }) => {
    const key = keyOf(uri);
    await withStore(config, (redis) => redis.srem(key, uri));
    return {};
  });
}

/** Which of these URIs the session has subscribed to; one round trip. */
export async function subscribed(
  config: Config,
  ph: string,
  sessionId: string,
  uris: string[],
): Promise<string[]> {
  if (uris.length === 0) return [];
  const flags = await withStore(config, (redis) => redis.smismember(subscriptionsKey(ph, sessionId), uris), {
    retry: true,
  });
  return uris.filter((_, index) => flags[index] === 1);
}
