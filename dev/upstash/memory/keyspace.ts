import type { Bytes } from '../backend.ts';
import { CommandError } from './command-error.ts';
import { emptySortedSet, type SortedSet } from './sorted-set.ts';
import { emptyStream, type Stream } from './stream.ts';

export type Values = {
  string: Bytes;
  hash: Map<Bytes, Bytes>;
  set: Set<Bytes>;
  zset: SortedSet;
  stream: Stream;
};
export type ValueType = keyof Values;

type Entry = { type: ValueType; value: Values[ValueType]; expiresAtMs: number | undefined };

const EMPTY: { [T in ValueType]: () => Values[T] } = {
  string: () => '',
  hash: () => new Map(),
  set: () => new Set(),
  zset: emptySortedSet,
  stream: emptyStream,
};

/** Keys with their values and expiry times, in milliseconds since the epoch. */
export type Keyspace = ReturnType<typeof createKeyspace>;

export function createKeyspace() {
  const entries = new Map<Bytes, Entry>();
  // The time does not change within a command, a transaction or a script, as in Redis.
  let now = Date.now();

  function live(key: Bytes): Entry | undefined {
    const entry = entries.get(key);
    if (entry?.expiresAtMs === undefined || entry.expiresAtMs >= now) return entry;
    entries.delete(key);
    return undefined;
  }

  function read<T extends ValueType>(key: Bytes, type: T): Values[T] | undefined {
    const entry = live(key);
    if (!entry) return undefined;
    if (entry.type !== type) {
      throw new CommandError('WRONGTYPE Operation against a key holding the wrong kind of value');
    }
    return entry.value as Values[T];
  }

  function put<T extends ValueType>(key: Bytes, type: T, value: Values[T], expiresAtMs?: number): void {
    entries.set(key, { type, value, expiresAtMs });
  }

  return {
    get now() {
      return now;
    },
    tick(): void {
      now = Date.now();
    },
    /** The value, or undefined. Throws WRONGTYPE for a value of another type. */
    read,
    put,
    /** The value, created empty if the key is missing. Call `removeIfEmpty` if you may leave it empty. */
    open<T extends ValueType>(key: Bytes, type: T): Values[T] {
      const found = read(key, type);
      if (found !== undefined) return found;
      const made = EMPTY[type]();
      put(key, type, made);
      return made;
    },
    /** Replaces the value and keeps the expiry, as INCR does. */
    update(key: Bytes, value: Bytes): void {
      put(key, 'string', value, live(key)?.expiresAtMs);
    },
    typeOf: (key: Bytes): ValueType | undefined => live(key)?.type,
    remove: (key: Bytes): boolean => live(key) !== undefined && entries.delete(key),
    /** Removes a hash or set without members. Empty streams and strings stay. */
    removeIfEmpty(key: Bytes): void {
      const value = live(key)?.value;
      if (typeof value === 'object' && 'size' in value && value.size === 0) entries.delete(key);
    },
    /** The expiry time. Null if the key has none, undefined if there is no such key. */
    expiry(key: Bytes): number | null | undefined {
      const entry = live(key);
      return entry && (entry.expiresAtMs ?? null);
    },
    expire(key: Bytes, at: number | undefined): void {
      const entry = live(key);
      if (entry) entry.expiresAtMs = at;
    },
    /** Every key that has not expired. Deletes the expired ones. */
    all: (): Bytes[] => [...entries.keys()].filter((key) => live(key) !== undefined),
    clear: (): void => entries.clear(),
  };
}
