import { z } from 'zod';
import type { Principal } from '../../access-token/principal.ts';
import { userHash } from '../../access-token/principal.ts';
import type { Config } from '../../config.ts';
import { userDataKey } from '../../store/keys.ts';
import { withStore } from '../../store/redis.ts';
import { parseStored } from '../../store/stored.ts';
import type { Collection, CollectionLimits } from '../define/collection.ts';

/** Ids and values in turn. */
const allReply = z.array(z.string());

/** How many fields were added, and how many there are. */
const putReply = z.tuple([z.number(), z.number()]);

/** Opens a user's collection, without a round trip. */
export function userCollection<T>(
  config: Config,
  principal: Principal,
  name: string,
  schema: z.ZodType<T>,
  limits: CollectionLimits,
): Collection<T> {
  const key = userDataKey(userHash(principal), name);
  return {
    async get(id) {
      const json = await withStore(config, (redis) => redis.hget(key, id), { retry: true });
      return parseStored(schema, json);
    },
    async all() {
      const flat = await withStore(config, async (redis) => allReply.parse(await redis.hgetall(key)), {
        retry: true,
      });
      const entries: [string, T][] = [];
      for (let index = 0; index + 1 < flat.length; index += 2) {
        const [id = '', json = ''] = flat.slice(index, index + 2);
        const value = parseStored(schema, json);
        if (value !== undefined) entries.push([id, value]);
      }
      return entries;
    },
    async put(id, value) {
      const json = JSON.stringify(value);
      if (json.length > limits.maxCharacters) return 'too long';
      const [added, count] = await withStore(config, async (redis) =>
        putReply.parse(
          await redis
            .multi()
            .hset(key, { [id]: json })
            .hlen(key)
            .exec(),
        ),
      );
      if (added === 0 || count <= limits.maxEntries) return 'stored';
      // Writing first and taking back keeps the limit even if two instances add at once.
      await withStore(config, (redis) => redis.hdel(key, id));
      return 'full';
    },
    async remove(id) {
      return (await withStore(config, (redis) => redis.hdel(key, id))) > 0;
    },
  };
}
