import type { Bytes, Failure, Reply } from '../backend.ts';
import { type Command, type CommandTable, type Database, fitsArity } from './command.ts';
import { CommandError, unknownCommand, wrongArity } from './command-error.ts';
import { counterCommands } from './counters.ts';
import { expiryCommands } from './expiry.ts';
import { hashCommands } from './hashes.ts';
import { keyCommands } from './keys.ts';
import { scriptCommands } from './scripts.ts';
import { serverCommands } from './server-commands.ts';
import { setCommands } from './sets.ts';
import { sortedSetWriteCommands } from './sorted-set-writes.ts';
import { sortedSetCommands } from './sorted-sets.ts';
import { streamCommands } from './streams.ts';
import { stringCommands } from './strings.ts';

const tables: CommandTable[] = [
  serverCommands,
  keyCommands,
  expiryCommands,
  stringCommands,
  counterCommands,
  hashCommands,
  setCommands,
  sortedSetCommands,
  sortedSetWriteCommands,
  streamCommands,
  scriptCommands,
];

/** Every command of the in-memory store, by its name in capitals. */
const commands = new Map<string, Command>(tables.flatMap((table) => Object.entries(table)));

/** Arguments are spread into calls, and V8's stack limits how many fit. */
const MAX_WORDS = 50_000;

export const usesScripts = ([name = '']: Bytes[]) => name.toUpperCase() in scriptCommands;

/** Finds the command and checks its arity, as Redis does before it queues or runs a command. Throws CommandError. */
export function resolve(words: Bytes[]): Command {
  const [name = ''] = words;
  const command = commands.get(name.toUpperCase());
  if (!command) throw unknownCommand(name);
  if (!fitsArity(command, words.length)) throw wrongArity(name);
  if (words.length > MAX_WORDS) throw new CommandError('ERR too many arguments');
  return command;
}

/** Runs one command. An error of the command is returned as a reply. */
export const run = (db: Database, words: Bytes[]): Reply =>
  answer(() => resolve(words).run(db, ...words.slice(1)));

/** Runs one command for a script. Redis words some errors differently there. */
export function runFromScript(db: Database, words: Bytes[], readOnly: boolean): Reply {
  const [name] = words;
  if (name === undefined) {
    return { error: 'ERR Please specify at least one argument for this redis.call() call' };
  }
  const command = commands.get(name.toUpperCase());
  if (!command) return { error: unknownCommand(name).message };
  if (!fitsArity(command, words.length)) {
    return { error: 'ERR Wrong number of args calling Redis command from script' };
  }
  if (command.noScript) return { error: 'ERR This Redis command is not allowed from script' };
  if (command.write && readOnly) {
    return { error: 'ERR Write commands are not allowed from read-only scripts.' };
  }
  return run(db, words);
}

export function answer(task: () => Reply): Reply | Failure {
  try {
    return task();
  } catch (error) {
    if (error instanceof CommandError) return { error: error.message };
    throw error;
  }
}
