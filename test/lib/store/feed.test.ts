import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { memoryBackend } from '../../../dev/upstash/memory/backend.ts';
import { type Store, startStore } from '../../../dev/upstash/server.ts';
import type { Config } from '../../../lib/config.ts';
import { append, type Feed, follow, newestId, readAfter } from '../../../lib/store/feed.ts';
import { testConfig } from '../../support/config.ts';

let store: Store;
let config: Config;
beforeAll(async () => {
  store = await startStore({ port: 0, token: 'token', backend: memoryBackend() });
  config = { ...testConfig(), store: { url: store.url, token: 'token' } };
});
afterAll(() => store.close());
afterEach(() => {
  store.faults.subscriptions = 'live';
  store.faults.outage = 'none';
});

let count = 0;
const newFeed = (more: Partial<Feed> = {}): Feed => ({ key: `feed:${++count}`, life: 60, most: 10, ...more });
const say = (feed: Feed, ...texts: string[]) =>
  append(
    config,
    feed,
    texts.map((text) => ({ id: '*', text })),
  );

/** Follows a feed until so many texts have come; also how long it took, in milliseconds. */
async function hear(feed: Feed, wanted: number, from = '0-0') {
  const over = new AbortController();
  const started = performance.now();
  const heard: string[] = [];
  let last = from;
  for await (const { entries } of follow(
    config,
    feed.key,
    () => readAfter(config, feed.key, last),
    over.signal,
  )) {
    for (const { id, text } of entries) {
      last = id;
      heard.push(text);
    }
    if (heard.length >= wanted) over.abort();
  }
  return { heard, last, took: performance.now() - started };
}

describe('a feed', () => {
  test('is heard in order: what was said before, and what is said while one listens', async () => {
    const feed = newFeed();
    await say(feed, 'a', 'b');
    const hearing = hear(feed, 4);
    await say(feed, 'c');
    await say(feed, 'd');
    expect((await hearing).heard).toEqual(['a', 'b', 'c', 'd']);
  });

  test('is heard from where one left off', async () => {
    const feed = newFeed();
    await say(feed, 'a', 'b', 'c');
    const { last } = await hear(feed, 1, '0-0');
    expect(last).toBe(await newestId(config, feed.key));
    const hearing = hear(feed, 1, last);
    await say(feed, 'd');
    expect((await hearing).heard).toEqual(['d']);
  });

  test('more than a hundred entries arrive in turn, without a pause', async () => {
    const feed = newFeed({ most: 500 });
    const texts = Array.from({ length: 250 }, (_, index) => String(index));
    await say(feed, ...texts);
    const { heard, took } = await hear(feed, 250);
    expect(heard).toEqual(texts);
    expect(took).toBeLessThan(1_000);
  });

  test('keeps no more than its most', async () => {
    const feed = newFeed({ most: 2 });
    await say(feed, 'a', 'b', 'c');
    expect((await hear(feed, 2)).heard).toEqual(['b', 'c']);
  });

  test('that nobody made cannot be made by appending to it', async () => {
    const feed = newFeed();
    await append(config, feed, [{ id: '*', text: 'x' }], { existing: true });
    expect(await newestId(config, feed.key)).toBe('0-0');
  });

  test('takes one request to append to, and one to read', async () => {
    const feed = newFeed();
    store.resetCounts();
    await say(feed, 'a', 'b');
    await readAfter(config, feed.key, '0-0', ['witness']);
    expect(store.requests).toBe(2);
  });
});

describe('when announcements fail', () => {
  test.each(['silent', 'closed'] as const)('%s subscriptions: reading goes on', async (subscriptions) => {
    store.faults.subscriptions = subscriptions;
    const feed = newFeed();
    const hearing = hear(feed, 1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await say(feed, 'a');
    const { heard, took } = await hearing;
    expect(heard).toEqual(['a']);
    expect(took).toBeLessThan(3_000);
  });

  test('a store that comes back is read again', async () => {
    const feed = newFeed();
    await say(feed, 'a');
    store.faults.outage = 'unavailable';
    const hearing = hear(feed, 1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    store.faults.outage = 'none';
    expect((await hearing).heard).toEqual(['a']);
  });

  test('giving up ends the wait at once', async () => {
    const feed = newFeed();
    const over = new AbortController();
    const following = (async () => {
      for await (const _ of follow(config, feed.key, () => readAfter(config, feed.key, '0-0'), over.signal)) {
        // Nothing is said.
      }
    })();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const started = performance.now();
    over.abort();
    await following;
    expect(performance.now() - started).toBeLessThan(100);
  });
});
