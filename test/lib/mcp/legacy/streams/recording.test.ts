import { afterAll, beforeAll, expect, test } from 'vitest';
import { memoryBackend } from '../../../../../dev/upstash/memory/backend.ts';
import { type Store, startStore } from '../../../../../dev/upstash/server.ts';
import type { Config } from '../../../../../lib/config.ts';
import { createRecording, events } from '../../../../../lib/mcp/legacy/streams/recording.ts';
import { readAfter } from '../../../../../lib/store/feed.ts';
import { testConfig } from '../../../../support/config.ts';

let store: Store;
let config: Config;
beforeAll(async () => {
  store = await startStore({ port: 0, token: 'token', backend: memoryBackend() });
  config = { ...testConfig(), store: { url: store.url, token: 'token' } };
});
afterAll(() => store.close());

test.each([
  ['small events go together', 50, 100, 1],
  ['large ones in several requests, for the store refuses those over 1 MB', 9, 100_000, 5],
  ['one that is larger than any request should be goes alone', 2, 600_000, 2],
])('%s', async (_title, count, size, requests) => {
  const recording = createRecording(config, 'ph', `call-${size}`);
  store.resetCounts();
  for (let number = 1; number <= count; number++)
    recording.add({ message: 'x'.repeat(size), ...(number === count && { end: true }) });
  recording.save();
  await recording.stored();
  expect(store.requests).toBe(requests);
  const { entries } = await readAfter(config, events('ph', `call-${size}`).key, '0-0');
  expect(entries.map(({ id }) => id)).toEqual(Array.from({ length: count }, (_, index) => `${index + 1}-0`));
});
