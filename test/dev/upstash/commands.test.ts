import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Store } from '../../../dev/upstash/server.ts';
import type { Step } from './behaviours/behaviour.ts';
import { hashes } from './behaviours/hashes.ts';
import { keys } from './behaviours/keys.ts';
import { others } from './behaviours/others.ts';
import { sets } from './behaviours/sets.ts';
import { sortedSets } from './behaviours/sorted-sets.ts';
import { streams } from './behaviours/streams.ts';
import { strings } from './behaviours/strings.ts';
import { BACKENDS, command, openStore } from './stores.ts';

const behaviours = [strings, keys, hashes, sets, sortedSets, streams, others].flat();

describe.each(BACKENDS)('the %s backend', (name) => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore(name);
  });
  afterAll(() => store?.close());
  beforeEach(() => command(store, ['FLUSHALL']));

  async function reply(step: Step) {
    const words = typeof step[0] === 'string' ? step[0].split(' ') : step[0];
    const { result, error } = await command(store, words);
    return error === undefined ? result : { error };
  }

  test.each(behaviours)('$title', async ({ steps }) => {
    for (const step of steps) {
      if (typeof step === 'number') await delay(step);
      else expect(await reply(step), String(step[0])).toEqual(step[1]);
    }
  });
});
