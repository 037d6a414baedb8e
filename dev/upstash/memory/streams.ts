import type { Bytes, Reply } from '../backend.ts';
import { index } from './arguments.ts';
import type { CommandTable, Database } from './command.ts';
import { CommandError, syntaxError, wrongArity } from './command-error.ts';
import { entryReply, formatId, nextId, parseBound, parseId } from './stream.ts';
import { trim, trimOptions } from './stream-trim.ts';

function add(db: Database, key: Bytes, ...words: Bytes[]): Reply {
  const { trim: how, createsStream, newId, rest: fields } = trimOptions(words, 'XADD');
  if (!newId || fields.length === 0 || fields.length % 2 !== 0) throw wrongArity('xadd');
  if (newId.milliseconds === 0n && newId.sequence === 0n) {
    throw new CommandError('ERR The ID specified in XADD must be greater than 0-0');
  }
  const existing = db.keys.read(key, 'stream');
  if (!existing && !createsStream) return null;
  const id = nextId(newId, existing?.lastId ?? 0n, db.keys.now);
  const stream = db.keys.open(key, 'stream');
  stream.entries.push({ id, fields });
  stream.lastId = id;
  if (how) trim(stream, how);
  return formatId(id);
}

function range(direction: 'forward' | 'backward') {
  return (db: Database, key: Bytes, first: Bytes, second: Bytes, ...words: Bytes[]): Reply => {
    const [low, high] = direction === 'forward' ? [first, second] : [second, first];
    const [from, to] = [parseBound(low, 'start'), parseBound(high, 'end')];
    const count = countOption(words);
    const stream = db.keys.read(key, 'stream');
    if (!stream) return [];
    if (count === 0) return null;
    const found = stream.entries.filter(({ id }) => id >= from && id <= to);
    return (direction === 'forward' ? found : found.reverse()).slice(0, count).map(entryReply);
  };
}

/** Parses `COUNT n`. A negative count becomes zero, which XRANGE answers with nil. */
function countOption(words: Bytes[]): number | undefined {
  let count: number | undefined;
  for (let i = 0; i < words.length; i += 2) {
    const value = words[i + 1];
    if (words[i]?.toUpperCase() !== 'COUNT' || value === undefined) throw syntaxError();
    count = Math.max(0, index(value));
  }
  return count;
}

export const streamCommands: CommandTable = {
  XADD: { arity: -5, write: true, run: add },
  XLEN: { arity: 2, run: (db, key) => db.keys.read(key, 'stream')?.entries.length ?? 0 },
  XRANGE: { arity: -4, run: range('forward') },
  XREVRANGE: { arity: -4, run: range('backward') },
  XDEL: {
    arity: -3,
    write: true,
    run(db, key, ...ids) {
      const stream = db.keys.read(key, 'stream');
      if (!stream) return 0;
      const removed = new Set(ids.map((id) => parseId(id, 0n)));
      const before = stream.entries.length;
      stream.entries = stream.entries.filter(({ id }) => !removed.has(id));
      return before - stream.entries.length;
    },
  },
  XTRIM: {
    arity: -4,
    write: true,
    run(db, key, ...words) {
      const { trim: how } = trimOptions(words, 'XTRIM');
      if (!how) throw syntaxError();
      const stream = db.keys.read(key, 'stream');
      return stream ? trim(stream, how) : 0;
    },
  },
};
