import type { Config } from '../config.ts';
import { errorFields, log } from '../log.ts';
import { z } from '../schema.ts';
import { readText, signedText } from './record.ts';
import { withStore } from './redis.ts';
import { subscribe } from './subscription.ts';

/**
 * A feed: a Redis stream that some instances append to and others follow. An entry is stored first and then
 * announced on the channel of the same name, so a follower that misses the announcement still reads the entry. Entries are
 * signed for their feed (`signedText`): among them are users' answers, and calls act on those.
 */
export type Feed = {
  key: string;
  /** How long entries are kept after the newest one was appended. */
  lifetimeSeconds: number;
  /** How many entries are kept. The oldest are dropped first. */
  maxEntries: number;
};

/** An entry's id, `<milliseconds or number>-<number>`, and its text. */
export type Entry = { id: string; text: string };

/** How often a follower reads without an announcement while its subscription is open. */
const subscribedPollMs = 2_000;

/** How often it reads while the subscription is down: the interval doubles from the first to the second. */
const minPollMs = 100;
const maxPollMs = 1_000;

/** How many entries one read returns at most. */
const pageSize = 100;

/** Entries as the store sends them: the id, then fields and values in turn. */
const rawEntries = z.array(z.tuple([z.string(), z.array(z.string())]));
const readReply = z.tuple([rawEntries]).rest(z.number());

/**
 * Appends entries and announces them, in one round trip.
 *
 * @param entries an entry with the id `*` is numbered by the store.
 * @param options.existing append only if the feed exists, so that nobody can create one by writing to it.
 * @throws StoreUnavailable
 */
export async function append(
  config: Config,
  { key, lifetimeSeconds, maxEntries }: Feed,
  entries: Entry[],
  options: { existing?: boolean } = {},
): Promise<void> {
  await withStore(config, (redis) => {
    const pipeline = redis.pipeline();
    const trim = { comparison: '=', threshold: maxEntries } as const;
    for (const { id, text } of entries)
      pipeline.xadd(
        key,
        id,
        { t: signedText(config, key, text) },
        { nomkStream: options.existing ?? false, trim },
      );
    return pipeline.expire(key, lifetimeSeconds).publish(key, '').exec();
  });
}

/**
 * Reads the entries after an id, in one round trip: a page of them, whether there may be more, and whether any of
 * the `witnesses` exists.
 *
 * @param witnesses keys to look for in the same round trip.
 * @throws StoreUnavailable
 */
export async function readAfter(
  config: Config,
  key: string,
  after: string,
  witnesses: string[] = [],
): Promise<{ entries: Entry[]; more: boolean; present: boolean }> {
  const [raw, present = 0] = await withStore(
    config,
    async (redis) => {
      const pipeline = redis.pipeline().xrange(key, `(${after}`, '+', pageSize);
      if (witnesses.length) pipeline.exists(...witnesses);
      return readReply.parse(await pipeline.exec());
    },
    { retry: true },
  );
  // An entry that is not authentic keeps its id, so that reading goes on after it, and says nothing.
  const entries = raw.map(([id, [, stored]]) => ({ id, text: readText(config, key, stored) ?? '' }));
  return { entries, more: raw.length === pageSize, present: present > 0 };
}

/**
 * Reads when an entry is announced, and at intervals in between, until the signal aborts. If the store fails, it
 * reads again after the interval. If announcements stop, entries arrive later but none is lost.
 *
 * @param read returns what is new since the last call. It is called again at once while there is `more`.
 */
export async function* follow<T extends { more: boolean }>(
  config: Config,
  channel: string,
  read: () => Promise<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void, void> {
  let awake = true;
  let wake = () => {};
  const wakeUp = () => {
    awake = true;
    wake();
  };
  signal.addEventListener('abort', wakeUp, { once: true });
  const subscription = subscribe(config, channel, wakeUp, signal);
  let pollMs = minPollMs;
  while (!signal.aborted) {
    if (!awake) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, subscription.isOpen() ? subscribedPollMs : pollMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      pollMs = subscription.isOpen() ? minPollMs : Math.min(pollMs * 2, maxPollMs);
    }
    awake = false;
    if (signal.aborted) return;
    let result: T;
    try {
      result = await read();
    } catch (error) {
      log('warn', 'feed not read', errorFields(error));
      continue;
    }
    yield result;
    awake ||= result.more;
  }
}

/**
 * The id of the newest entry, to follow the feed from there; `0-0` if it has none. One round trip.
 *
 * @throws StoreUnavailable
 */
export async function newestId(config: Config, key: string): Promise<string> {
  const [newest] = await withStore(
    config,
    async (redis) => rawEntries.parse(await redis.xrevrange(key, '+', '-', 1)),
    { retry: true },
  );
  return newest?.[0] ?? '0-0';
}
