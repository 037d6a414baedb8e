import type { Config } from '../config.ts';
import { z } from '../schema.ts';
import { withStore } from './redis.ts';

const scanReply = z.tuple([z.string(), z.array(z.string())]);

/** Keys that the store looks at in one round trip. */
const pageSize = 1_000;

/**
 * The names of the keys that match, in pages. A key that exists during the whole scan is returned, maybe twice. Reads every
 * name in the store, so it is for operators, not for requests.
 *
 * @param pattern as for Redis' SCAN. All keys unless given.
 * @throws StoreUnavailable
 */
export async function* scanKeys(config: Config, pattern = '*'): AsyncGenerator<string[], void, void> {
  let cursor = '0';
  do {
    const reply = await withStore(config, (redis) => redis.scan(cursor, pattern, pageSize), { retry: true });
    const [next, keys] = scanReply.parse(reply);
    cursor = next;
    if (keys.length) yield keys;
  } while (cursor !== '0');
}
