import { memoryBackend } from '../../../dev/upstash/memory/backend.ts';
import { redisBackend } from '../../../dev/upstash/redis/backend.ts';
import { type Store, startStore } from '../../../dev/upstash/server.ts';
import { startRedis } from '../../support/redis-server.ts';

export const TOKEN = 'token-for-tests';

export type BackendName = 'memory' | 'redis';
export const BACKENDS: BackendName[] = ['memory', 'redis'];

/** A new store with its backend. `close` stops both. */
export async function openStore(name: BackendName): Promise<Store> {
  if (name === 'memory') return startStore({ port: 0, token: TOKEN, backend: memoryBackend() });
  const redis = await startRedis();
  const store = await startStore({ port: 0, token: TOKEN, backend: redisBackend(redis.url) });
  const closeStore = store.close;
  return Object.assign(store, {
    async close() {
      await closeStore();
      await redis.close();
    },
  });
}

/** A request with the right token. */
export const request = (store: Store, path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${store.url}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${TOKEN}`, ...(init.headers as Record<string, string>) },
  });

export type RawReply = { result?: unknown; error?: string };

/** Sends one command and returns the JSON reply. */
export async function command(store: Store, words: (string | number)[]): Promise<RawReply> {
  const response = await request(store, '/', { method: 'POST', body: JSON.stringify(words) });
  return (await response.json()) as RawReply;
}

/** Sends commands in one pipeline and returns the JSON replies. */
export async function pipeline(store: Store, commands: (string | number)[][]): Promise<RawReply[]> {
  const response = await request(store, '/pipeline', { method: 'POST', body: JSON.stringify(commands) });
  return (await response.json()) as RawReply[];
}
