import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { Principal } from '../../access-token/principal.ts';
import type { Config } from '../../config.ts';
import { userDataKey } from '../../store/keys.ts';
import { withStore } from '../../store/redis.ts';
import { parseStored } from '../../store/stored.ts';

export type CollectionLimits = {
  /** Most entries a user may have. */
  entries: number;
  /** Longest entry, in characters of JSON. */
  size: number;
};

/** A user's JSON values by id. Every method is one round trip and throws `StoreUnavailable` when there is no store. */
export type Collection<T> = {
  get(id: string): Promise<T | undefined>;
  /** All entries, unordered; those that no longer fit the schema are left out. */
  all(): Promise<[id: string, value: T][]>;
  /** Stores a value under an id. What keeps it out, if something does: too many entries, or too long a value. */
  put(id: string, value: T): Promise<'stored' | 'full' | 'too long'>;
  /** Whether there was something to remove. */
  remove(id: string): Promise<boolean>;
};

/**
 * The key of a user's data: issuer and subject, not the client, so that all clients of a user share it. A plain
 * hash, not keyed by the sealing secret: rotating a secret must not lose what people have stored.
 */
export function userHash({ issuer, subject }: Pick<Principal, 'issuer' | 'subject'>): string {
  return createHash('sha256')
    .update(JSON.stringify([issuer, subject]))
    .digest('base64url')
    .slice(0, 22);
}

/** Opens a user's collection; no round trip by itself. */
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
      const json = await withStore(config, (redis) => redis.hget<string>(key, id), { retry: true });
      return parseStored(schema, json);
    },
    async all() {
      // As a plain command: the client's own `hgetall` promises an object, but hands out the flat list.
      const flat = await withStore(config, (redis) => redis.exec<string[]>(['HGETALL', key]), {
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
      if (json.length > limits.size) return 'too long';
      const [added, count] = await withStore(config, (redis) =>
        redis
          .multi()
          .hset(key, { [id]: json })
          .hlen(key)
          .exec<[number, number]>(),
      );
      if (added === 0 || count <= limits.entries) return 'stored';
      // Writing first and taking back keeps the bound even when two instances add at once.
      await withStore(config, (redis) => redis.hdel(key, id));
      return 'full';
    },
    async remove(id) {
      return (await withStore(config, (redis) => redis.hdel(key, id))) > 0;
    },
  };
}
