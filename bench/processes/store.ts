/** The local store's REST server with a real Redis behind it, outside every measured process. */
import { startRedisServer } from '../../dev/redis-server.ts';
import { redisBackend } from '../../dev/upstash/redis/backend.ts';
import { startStore } from '../../dev/upstash/server.ts';
import type { FromChild, ToChild } from './messages.ts';

const redis = await startRedisServer();
const store = await startStore({ port: 0, token: 'bench', backend: redisBackend(redis.url) });
const send = (message: FromChild) => process.send?.(message);
send({ kind: 'ready', url: store.url });
process.on('message', (message: ToChild) => {
  if (message !== 'usage') return;
  const { user, system } = process.cpuUsage();
  send({ kind: 'usage', cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage.rss() });
});
process.on('disconnect', async () => {
  await store.close();
  await redis.close();
  process.exit(0);
});
