import { type McpServer, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Config } from '../../../config.ts';
import { subscriptionsKey } from '../../../store/keys.ts';
import { withStore } from '../../../store/redis.ts';

/** What one session may subscribe to. */
const maxSubscriptions = 100;
const maxUriCharacters = 2_000;

/** As long as a session can live. */
const lifetimeSeconds = 24 * 60 * 60;

const subscribeReply = z.tuple([z.number(), z.number(), z.number()]);

/** Lets a session subscribe to resources. Every instance knows its subscriptions. */
export function serveSubscriptions(
  server: McpServer,
  config: Config,
  principalHash: string,
  sessionId: string | undefined,
): void {
  const keyOf = (uri: string) => {
    if (sessionId === undefined)
      throw new ProtocolError(
        ProtocolErrorCode.InvalidRequest,
        'Subscriptions need a session: initialize first',
      );
    if (uri.length > maxUriCharacters)
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'The URI is too long');
    return subscriptionsKey(principalHash, sessionId);
  };
  server.server.setRequestHandler('resources/subscribe', async ({ params: { uri } }) => {
    const key = keyOf(uri);
    const [, , count] = await withStore(config, async (redis) =>
      subscribeReply.parse(await redis.multi().sadd(key, uri).expire(key, lifetimeSeconds).scard(key).exec()),
    );
    if (count > maxSubscriptions) {
      await withStore(config, (redis) => redis.srem(key, uri));
      throw new ProtocolError(ProtocolErrorCode.InvalidRequest, `At most ${maxSubscriptions} subscriptions`);
    }
    return {};
  });
  server.server.setRequestHandler('resources/unsubscribe', async ({ params: { uri } }) => {
    const key = keyOf(uri);
    await withStore(config, (redis) => redis.srem(key, uri));
    return {};
  });
}

/** Which of these URIs the session is subscribed to. At most one round trip. */
export async function subscribed(
  config: Config,
  principalHash: string,
  sessionId: string,
  uris: string[],
): Promise<string[]> {
  if (uris.length === 0) return [];
  const key = subscriptionsKey(principalHash, sessionId);
  const flags = await withStore(config, (redis) => redis.smismember(key, uris), { retry: true });
  return uris.filter((_, index) => flags[index] === 1);
}
