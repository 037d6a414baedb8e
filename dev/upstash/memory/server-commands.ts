import { OK } from '../backend.ts';
import type { CommandTable } from './command.ts';
import { syntaxError, wrongArity } from './command-error.ts';

export const serverCommands: CommandTable = {
  PING: {
    arity: -1,
    run(_db, ...words) {
      if (words.length > 1) throw wrongArity('ping');
      return words[0] ?? { status: 'PONG' };
    },
  },
  DBSIZE: { arity: 1, run: (db) => db.keys.all().length },
  FLUSHALL: {
    arity: -1,
    write: true,
    run(db, ...words) {
      const [mode = 'SYNC', ...rest] = words.map((word) => word.toUpperCase());
      if (rest.length > 0 || !['SYNC', 'ASYNC'].includes(mode)) throw syntaxError();
      db.keys.clear();
      return OK;
    },
  },
  PUBLISH: { arity: 3, run: (db, channel, payload) => db.channels.publish(channel, payload) },
};
