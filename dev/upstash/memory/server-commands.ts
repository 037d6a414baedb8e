import { type Bytes, OK } from '../backend.ts';
import type { CommandTable, Database } from './command.ts';
import { syntaxError, wrongArity } from './command-error.ts';

function flush(db: Database, ...words: Bytes[]) {
  const [mode, ...rest] = words.map((word) => word.toUpperCase());
  if (rest.length > 0 || (mode !== undefined && mode !== 'ASYNC' && mode !== 'SYNC')) throw syntaxError();
  db.keys.clear();
  return OK;
}

export const serverCommands: CommandTable = {
  PING: {
    arity: -1,
    run(_db, ...words) {
      if (words.length > 1) throw wrongArity('ping');
      return words[0] ?? { status: 'PONG' };
    },
  },
  ECHO: { arity: 2, run: (_db, message) => message },
  DBSIZE: { arity: 1, run: (db) => db.keys.all().length },
  FLUSHDB: { arity: -1, write: true, run: flush },
  FLUSHALL: { arity: -1, write: true, run: flush },
  /** Seconds and microseconds; JavaScript's clock gives milliseconds. */
  TIME: {
    arity: 1,
    run: (db) => [String(Math.floor(db.keys.now / 1000)), String((db.keys.now % 1000) * 1000)],
  },
  PUBLISH: { arity: 3, run: (db, channel, payload) => db.channels.publish(channel, payload) },
};
