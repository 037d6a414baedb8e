import type { Bytes } from '../backend.ts';
import { integer, isInt64 } from './arguments.ts';
import type { CommandTable, Database } from './command.ts';
import { CommandError } from './command-error.ts';

function add(db: Database, key: Bytes, amount: bigint): number {
  const sum = integer(db.keys.read(key, 'string') ?? '0') + amount;
  if (!isInt64(sum)) throw new CommandError('ERR increment or decrement would overflow');
  db.keys.update(key, String(sum));
  return Number(sum);
}

export const counterCommands: CommandTable = {
  INCR: { arity: 2, write: true, run: (db, key) => add(db, key, 1n) },
  INCRBY: { arity: 3, write: true, run: (db, key, amount) => add(db, key, integer(amount)) },
  DECR: { arity: 2, write: true, run: (db, key) => add(db, key, -1n) },
};
