import type { Bytes, Reply } from '../backend.ts';
import type { Channels } from './channels.ts';
import type { Keyspace } from './keyspace.ts';
import type { Scripting } from './scripting.ts';

/** Everything a command may touch. */
export type Database = { keys: Keyspace; channels: Channels; scripting: Scripting };

/**
 * One Redis command. `arity` counts the command's own name; negative means "at least", as in Redis' COMMAND INFO,
 * so a parameter that `run` names before its optional ones is always there.
 */
export type Command = {
  arity: number;
  /** Refused to read-only scripts. */
  write?: boolean;
  /** Refused to every script. */
  noScript?: boolean;
  run(db: Database, ...args: Bytes[]): Reply;
};

export type CommandTable = Record<string, Command>;

/** Whether a command of `length` words, its name included, fits the arity. */
export const fitsArity = ({ arity }: Command, length: number) =>
  arity >= 0 ? length === arity : length >= -arity;
