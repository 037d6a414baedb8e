import { type Bytes, OK, type Reply } from '../backend.ts';
import { integer } from './arguments.ts';
import type { CommandTable, Database } from './command.ts';
import { CommandError, wrongArity } from './command-error.ts';

function evaluate(scriptArgument: 'source' | 'sha') {
  return (db: Database, script: Bytes, numberOfKeys: Bytes, ...words: Bytes[]): Reply => {
    const keys = Number(integer(numberOfKeys));
    if (keys > words.length) {
      throw new CommandError("ERR Number of keys can't be greater than number of args");
    }
    if (keys < 0) throw new CommandError("ERR Number of keys can't be negative");
    const sha = scriptArgument === 'sha' ? script : db.scripting.add(script);
    return db.scripting.run(sha, words.slice(0, keys), words.slice(keys));
  };
}

function script(db: Database, subcommand: Bytes, ...words: Bytes[]): Reply {
  const name = subcommand.toUpperCase();
  const [first, second] = words;
  if (name === 'LOAD') {
    if (first === undefined || second !== undefined) throw wrongArity('script|load');
    return db.scripting.add(first);
  }
  if (name === 'EXISTS') {
    if (first === undefined) throw wrongArity('script|exists');
    return words.map((sha) => Number(db.scripting.has(sha)));
  }
  if (name === 'FLUSH') {
    if (second !== undefined || !['SYNC', 'ASYNC'].includes((first ?? 'SYNC').toUpperCase())) {
      throw new CommandError('ERR SCRIPT FLUSH only support SYNC|ASYNC option');
    }
    db.scripting.clear();
    return OK;
  }
  throw new CommandError(`ERR unknown subcommand '${subcommand}'. Try SCRIPT HELP.`);
}

export const scriptCommands: CommandTable = {
  EVAL: { arity: -3, noScript: true, run: evaluate('source') },
  EVALSHA: { arity: -3, noScript: true, run: evaluate('sha') },
  SCRIPT: { arity: -2, noScript: true, run: script },
};
