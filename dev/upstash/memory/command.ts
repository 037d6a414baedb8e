import type { Bytes, Reply } from '../backend.ts';
import type { Channels } from './channels.ts';
import type { Keyspace } from './keyspace.ts';
import type { Scripting } from './scripting.ts';

/** Everything that a command can use. */
export type Database = { keys: Keyspace; channels: Channels; scripting: Scripting };

/**
 * One Redis command. `arity` includes the command's name, and a negative number means "at least", as in COMMAND INFO.
 * The required parameters of `run` are therefore always present.
 */
export type Command = {
  arity: number;
  /** Not allowed in read-only scripts. */
  write?: boolean;
  /** Not allowed in any script. */
  noScript?: boolean;
  run(db: Database, ...args: Bytes[]): Reply;
};

export type CommandTable = Record<string, Command>;

/** Whether a command of `length` words, including its name, fits the arity. */
export const fitsArity = ({ arity }: Command, length: number) =>
  arity >= 0 ? length === arity : length >= -arity;
