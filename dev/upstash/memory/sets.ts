import type { Bytes } from '../backend.ts';
import type { CommandTable, Database } from './command.ts';

const read = (db: Database, key: Bytes): ReadonlySet<Bytes> => db.keys.read(key, 'set') ?? new Set();

export const setCommands: CommandTable = {
  SADD: {
    arity: -3,
    write: true,
    run(db, key, ...members) {
      const set = db.keys.open(key, 'set');
      const before = set.size;
      for (const member of members) set.add(member);
      return set.size - before;
    },
  },
  SREM: {
    arity: -3,
    write: true,
    run(db, key, ...members) {
      const set = db.keys.read(key, 'set');
      const removed = members.filter((member) => set?.delete(member)).length;
      db.keys.removeIfEmpty(key);
      return removed;
    },
  },
  SMEMBERS: { arity: 2, run: (db, key) => [...read(db, key)] },
  SISMEMBER: { arity: 3, run: (db, key, member) => Number(read(db, key).has(member)) },
  SMISMEMBER: {
    arity: -3,
    run(db, key, ...members) {
      const set = read(db, key);
      return members.map((member) => Number(set.has(member)));
    },
  },
  SCARD: { arity: 2, run: (db, key) => read(db, key).size },
};
