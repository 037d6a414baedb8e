import { type Bytes, OK } from '../backend.ts';
import { pairs } from './arguments.ts';
import type { CommandTable, Database } from './command.ts';
import { wrongArity } from './command-error.ts';
import { futureExpireTime, stringOptions } from './expire-time.ts';

const read = (db: Database, key: Bytes) => db.keys.read(key, 'string') ?? null;

/** The value for MGET, which treats a key of another type as missing. */
const readIfString = (db: Database, key: Bytes) => (db.keys.typeOf(key) === 'string' ? read(db, key) : null);

export const stringCommands: CommandTable = {
  GET: { arity: 2, run: read },
  SET: {
    arity: -3,
    write: true,
    run(db, key, value, ...words) {
      const { only, get, expiry } = stringOptions(words, 'SET');
      const at =
        typeof expiry === 'object'
          ? futureExpireTime(expiry.amount, expiry.unit, db.keys.now, 'set')
          : expiry === 'KEEPTTL'
            ? (db.keys.expiry(key) ?? undefined)
            : undefined;
      const previous = get ? read(db, key) : null;
      const exists = db.keys.typeOf(key) !== undefined;
      const refused = (only === 'NX' && exists) || (only === 'XX' && !exists);
      if (!refused) db.keys.put(key, 'string', value, at);
      if (get) return previous;
      return refused ? null : OK;
    },
  },
  GETEX: {
    arity: -2,
    write: true,
    run(db, key, ...words) {
      const { expiry } = stringOptions(words, 'GETEX');
      const value = read(db, key);
      if (value === null) return null;
      if (expiry === 'PERSIST') db.keys.expire(key, undefined);
      else if (typeof expiry === 'object') {
        db.keys.expire(key, futureExpireTime(expiry.amount, expiry.unit, db.keys.now, 'getex'));
      }
      return value;
    },
  },
  GETDEL: {
    arity: 2,
    write: true,
    run(db, key) {
      const value = read(db, key);
      db.keys.remove(key);
      return value;
    },
  },
  MGET: { arity: -2, run: (db, ...keys) => keys.map((key) => readIfString(db, key)) },
  MSET: {
    arity: -3,
    write: true,
    run(db, ...words) {
      if (words.length % 2 !== 0) throw wrongArity('mset');
      for (const [key, value] of pairs(words)) db.keys.put(key, 'string', value);
      return OK;
    },
  },
};
