import { afterAll, beforeAll } from 'vitest';
import { memoryBackend } from '../../dev/upstash/memory/backend.ts';
import { type Store, startStore } from '../../dev/upstash/server.ts';
import type { Config } from '../../lib/config.ts';
import { testConfig } from './config.ts';

export type TestStore = { store: Store; config: Config };

/** Runs a store in this process for one test file; the getter gives it and a configuration that uses it. */
export function useStore(): () => TestStore {
  let running: TestStore | undefined;
  beforeAll(async () => {
    const store = await startStore({ port: 0, token: 'token', backend: memoryBackend() });
    running = { store, config: { ...testConfig(), store: { url: store.url, token: 'token' } } };
  });
  afterAll(() => running?.store.close());
  return () => {
    if (!running) throw new Error('The store did not start');
    return running;
  };
}
