import type { Bytes } from '../backend.ts';
import { CommandError } from './command-error.ts';
import { emptySortedSet, type SortedSet } from './sorted-set.ts';
import { emptyStream, type Stream } from './stream.ts';

export type Values = {
  string: Bytes;
  hash: Map<Bytes, Bytes>;
  list: Bytes[];
  set: Set<Bytes>;
  zset: SortedSet;
  stream: Stream;
};
export type ValueType = keyof Values;

type Entry = { type: ValueType; value: Values[ValueType]; expiresAt: number | undefined };

const EMPTY: { [T in ValueType]: () => Values[T] } = {
  string: () => '',
  hash: () => new Map(),
  list: () => [],
  set: () => new Set(),
  zset: emptySortedSet,
  stream: emptyStream,
};

/** The keys with their values and expiry times (milliseconds since the epoch). */
export type Keyspace = ReturnType<typeof createKeyspace>;

export function createKeyspace() {
  const entries = new Map<Bytes, Entry>();
  // Time stands still within a command, a transaction and a script, as it does in Redis.
  let now = Date.now();

  function live(key: Bytes): Entry | undefined {
    const entry = entries.get(key);
    if (entry?.expiresAt === undefined || entry.expiresAt >= now) return entry;
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

  function put<T extends ValueType>(key: Bytes, type: T, value: Values[T], expiresAt?: number): void {
    entries.set(key, { type, value, expiresAt });
  }

  return {
    get now() {
      return now;
    },
    tick(): void {
      now = Date.now();
    },
    /** The value, if there is one. Throws WRONGTYPE for a value of another type. */
    read,
    put,
    /** The value, made empty if there is none: whoever may leave it empty calls `removeIfEmpty`. */
    open<T extends ValueType>(key: Bytes, type: T): Values[T] {
      const found = read(key, type);
      if (found !== undefined) return found;
      const made = EMPTY[type]();
      put(key, type, made);
      return made;
    },
    /** Replaces the value and keeps the expiry, as APPEND and INCR do. */
    update(key: Bytes, value: Bytes): void {
      put(key, 'string', value, live(key)?.expiresAt);
    },
    typeOf: (key: Bytes): ValueType | undefined => live(key)?.type,
    remove: (key: Bytes): boolean => live(key) !== undefined && entries.delete(key),
    /** Collections vanish with their last member; streams and strings stay. */
    removeIfEmpty(key: Bytes): void {
      const value = live(key)?.value;
      if (value === undefined || typeof value === 'string') return;
      if (Array.isArray(value) ? value.length === 0 : 'size' in value && value.size === 0)
        entries.delete(key);
    },
    /** The expiry time; null without one, undefined without the key. */
    expiry(key: Bytes): number | null | undefined {
      const entry = live(key);
      return entry && (entry.expiresAt ?? null);
    },
    expire(key: Bytes, at: number | undefined): void {
      const entry = live(key);
      if (entry) entry.expiresAt = at;
    },
    /** Every living key; forgets the expired ones on the way. */
    all: (): Bytes[] => [...entries.keys()].filter((key) => live(key) !== undefined),
    clear: (): void => entries.clear(),
  };
}
