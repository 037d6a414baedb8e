import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Store } from '../../../dev/upstash/server.ts';
import { commandSequence } from './random-commands.ts';
import { openStore, pipeline, type RawReply } from './stores.ts';

let memory: Store;
let redis: Store;

beforeAll(async () => {
  [memory, redis] = await Promise.all([openStore('memory'), openStore('redis')]);
});
afterAll(() => Promise.all([memory?.close(), redis?.close()]));

/** Commands whose replies have no defined order. */
const UNORDERED = /^(KEYS|SMEMBERS|SCAN)$/;

const comparable = (words: string[], reply: RawReply | undefined) =>
  words.some((text) => UNORDERED.test(text)) && Array.isArray(reply?.result)
    ? reply.result.flat().sort()
    : reply;

test('any sequence of commands gets the same replies from memory as from Redis', async () => {
  await fc.assert(
    fc.asyncProperty(commandSequence, async (commands) => {
      const batch = [['FLUSHALL'], ...commands];
      const [ours, theirs] = await Promise.all([pipeline(memory, batch), pipeline(redis, batch)]);
      const withWords = (replies: RawReply[]) =>
        batch.map((words, i) => [words, comparable(words, replies[i])]);
      expect(withWords(ours)).toEqual(withWords(theirs));
    }),
    { numRuns: 400 },
  );
});
