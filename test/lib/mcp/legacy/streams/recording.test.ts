import { beforeAll, expect, test } from 'vitest';
import { createRecording, events } from '../../../../../lib/mcp/legacy/streams/recording.ts';
import { readAfter } from '../../../../../lib/store/feed.ts';
import { type TestStore, useStore } from '../../../../support/store.ts';

const running = useStore();
let store: TestStore['store'];
let config: TestStore['config'];
beforeAll(() => {
  ({ store, config } = running());
});

test.each([
  ['small events go together', 50, 100, 1],
  ['large ones in several requests, for the store refuses those over 1 MB', 9, 100_000, 5],
  ['one that is larger than any request should be goes alone', 2, 600_000, 2],
])('%s', async (_title, count, size, requests) => {
  const recording = createRecording(config, 'principal', `call-${size}`);
  store.resetCounts();
  for (let number = 1; number <= count; number++)
    recording.add({ message: { text: 'x'.repeat(size) }, ...(number === count && { end: true }) });
  recording.startStoring();
  await recording.stored();
  expect(store.requests).toBe(requests);
  const { entries } = await readAfter(config, events('principal', `call-${size}`).key, '0-0');
  expect(entries.map(({ id }) => id)).toEqual(Array.from({ length: count }, (_, index) => `${index + 1}-0`));
});
