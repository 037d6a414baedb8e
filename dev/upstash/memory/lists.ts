import { type Bytes, OK, type Reply } from '../backend.ts';
import { index, positiveCount, sliceBounds } from './arguments.ts';
import type { CommandTable, Database } from './command.ts';
import { wrongArity } from './command-error.ts';

function pop(name: string, take: (list: Bytes[], count: number) => Bytes[]) {
  return (db: Database, key: Bytes, count?: Bytes, ...rest: Bytes[]): Reply => {
    if (rest.length > 0) throw wrongArity(name);
    const wanted = count === undefined ? 1 : positiveCount(count);
    const list = db.keys.read(key, 'list');
    if (!list) return null;
    const taken = take(list, wanted);
    db.keys.removeIfEmpty(key);
    return count === undefined ? (taken[0] ?? null) : taken;
  };
}

/** How many were removed: `limit` of them from the head, or from the tail when it is negative; all when 0. */
function removeEqual(list: Bytes[], value: Bytes, limit: number): number {
  const positions = list.flatMap((item, position) => (item === value ? [position] : []));
  const doomed = new Set(
    limit === 0 ? positions : limit > 0 ? positions.slice(0, limit) : positions.slice(limit),
  );
  const kept = list.filter((_, position) => !doomed.has(position));
  list.splice(0, list.length, ...kept);
  return doomed.size;
}

export const listCommands: CommandTable = {
  LPUSH: {
    arity: -3,
    write: true,
    run: (db, key, ...values) => db.keys.open(key, 'list').unshift(...values.reverse()),
  },
  RPUSH: { arity: -3, write: true, run: (db, key, ...values) => db.keys.open(key, 'list').push(...values) },
  LPOP: { arity: -2, write: true, run: pop('lpop', (list, count) => list.splice(0, count)) },
  RPOP: {
    arity: -2,
    write: true,
    run: pop('rpop', (list, count) => list.splice(Math.max(0, list.length - count)).reverse()),
  },
  LLEN: { arity: 2, run: (db, key) => db.keys.read(key, 'list')?.length ?? 0 },
  LRANGE: {
    arity: 4,
    run(db, key, start, stop) {
      const [from, to] = [index(start), index(stop)];
      const list = db.keys.read(key, 'list') ?? [];
      return list.slice(...sliceBounds(list.length, from, to));
    },
  },
  LTRIM: {
    arity: 4,
    write: true,
    run(db, key, start, stop) {
      const [from, to] = [index(start), index(stop)];
      const list = db.keys.read(key, 'list');
      if (!list) return OK;
      const [first, end] = sliceBounds(list.length, from, to);
      list.splice(end);
      list.splice(0, first);
      db.keys.removeIfEmpty(key);
      return OK;
    },
  },
  LREM: {
    arity: 4,
    write: true,
    run(db, key, count, value) {
      const limit = index(count);
      const list = db.keys.read(key, 'list');
      if (!list) return 0;
      const removed = removeEqual(list, value, limit);
      db.keys.removeIfEmpty(key);
      return removed;
    },
  },
};
