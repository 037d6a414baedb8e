import type { Config } from '../config.ts';
import { errorFields, log } from '../log.ts';
import { withStore } from './redis.ts';
import { subscribe } from './subscription.ts';

/**
 * A feed: a Redis stream that some instances append to and others follow. What is appended is stored first and
 * announced on a channel of the same name after, so a follower that misses the announcement still reads it.
 */
export type Feed = {
  key: string;
  /** Seconds that entries are kept after the last one. */
  life: number;
  /** Most entries kept; the oldest go first. */
  most: number;
};

/** An entry's id, `<milliseconds or number>-<number>`, and its text. */
export type Entry = { id: string; text: string };

/** How often a follower looks by itself, in milliseconds: while announcements arrive, and while they may not. */
const livePoll = 2_000;
const firstPoll = 100;
const longestPoll = 1_000;

/**
 * Appends entries and announces them; one round trip.
 *
 * @param entries id `*` lets the store number them.
 * @param options.existing only if the feed exists, so that nobody can make one by writing to it.
 * @throws StoreUnavailable
 */
export async function append(
  config: Config,
  { key, life, most }: Feed,
  entries: Entry[],
  options: { existing?: boolean } = {},
): Promise<void> {
  await withStore(config, (redis) => {
    const pipeline = redis.pipeline();
    const trim = { type: 'MAXLEN', comparison: '=', threshold: most } as const;
    for (const { id, text } of entries)
      pipeline.xadd(key, id, { t: text }, { nomkStream: options.existing ?? false, trim });
    return pipeline.expire(key, life).publish(key, '').exec();
  });
}

/** Most entries read at a time. */
const page = 100;

/** Some entries after one id, whether there may be more, and whether any of `witnesses` exists; one round trip. */
export async function readAfter(
  config: Config,
  key: string,
  after: string,
  witnesses: string[] = [],
): Promise<{ entries: Entry[]; more: boolean; present: boolean }> {
  const [raw, count = 0] = await withStore(
    config,
    (redis) => {
      const pipeline = redis.pipeline().xrange(key, `(${after}`, '+', page);
      if (witnesses.length) pipeline.exists(...witnesses);
      return pipeline.exec<[RawEntry[], number?]>();
    },
    { retry: true },
  );
  const entries = raw.map(([id, [, text = '']]) => ({ id, text }));
  return { entries, more: raw.length === page, present: count > 0 };
}

/** As the store sends it: id, then fields and values in turn. */
type RawEntry = [id: string, fields: string[]];

/**
 * Reads again and again, as soon as something is announced and every now and then besides, until the signal
 * aborts. A store that fails is asked again; announcements that stop only make it slower.
 *
 * @param read yields what is new since it was called last; is called again at once when there is `more`.
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
  let pause = firstPoll;
  while (!signal.aborted) {
    if (!awake) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, subscription.live() ? livePoll : pause);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      pause = subscription.live() ? firstPoll : Math.min(pause * 2, longestPoll);
    }
    awake = false;
    if (signal.aborted) return;
    let news: T;
    try {
      news = await read();
    } catch (error) {
      log('warn', 'feed not read', errorFields(error));
      continue;
    }
    yield news;
    awake ||= news.more;
  }
}

/** The id of the newest entry, to follow from there on; `0-0` when there is none. One round trip. */
export async function newestId(config: Config, key: string): Promise<string> {
  const [newest] = await withStore(
    config,
    (redis) => redis.exec<RawEntry[]>(['XREVRANGE', key, '+', '-', 'COUNT', 1]),
    { retry: true },
  );
  return newest?.[0] ?? '0-0';
}
