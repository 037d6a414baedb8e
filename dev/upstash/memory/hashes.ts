import type { Bytes } from '../backend.ts';
import { integer, isInt64, pairs } from './arguments.ts';
import type { CommandTable, Database } from './command.ts';
import { CommandError, wrongArity } from './command-error.ts';

const read = (db: Database, key: Bytes): ReadonlyMap<Bytes, Bytes> => db.keys.read(key, 'hash') ?? new Map();

export const hashCommands: CommandTable = {
  HSET: {
    arity: -4,
    write: true,
    run(db, key, ...words) {
      if (words.length % 2 !== 0) throw wrongArity('hset');
      const hash = db.keys.open(key, 'hash');
      const before = hash.size;
      for (const [field, value] of pairs(words)) hash.set(field, value);
      return hash.size - before;
    },
  },
  HSETNX: {
    arity: 4,
    write: true,
    run(db, key, field, value) {
      const hash = db.keys.open(key, 'hash');
      if (hash.has(field)) return 0;
      hash.set(field, value);
      return 1;
    },
  },
  HGET: { arity: 3, run: (db, key, field) => read(db, key).get(field) ?? null },
  HMGET: {
    arity: -3,
    run(db, key, ...fields) {
      const hash = read(db, key);
      return fields.map((field) => hash.get(field) ?? null);
    },
  },
  HGETALL: { arity: 2, run: (db, key) => [...read(db, key)].flat() },
  HDEL: {
    arity: -3,
    write: true,
    run(db, key, ...fields) {
      const hash = db.keys.read(key, 'hash');
      const removed = fields.filter((field) => hash?.delete(field)).length;
      db.keys.removeIfEmpty(key);
      return removed;
    },
  },
  HEXISTS: { arity: 3, run: (db, key, field) => Number(read(db, key).has(field)) },
  HLEN: { arity: 2, run: (db, key) => read(db, key).size },
  HINCRBY: {
    arity: 4,
    write: true,
    run(db, key, field, amount) {
      const increment = integer(amount);
      const current = integer(read(db, key).get(field) ?? '0', 'ERR hash value is not an integer');
      const sum = current + increment;
      if (!isInt64(sum)) throw new CommandError('ERR increment or decrement would overflow');
      db.keys.open(key, 'hash').set(field, String(sum));
      return Number(sum);
    },
  },
};
