import type { Bytes, Reply } from '../backend.ts';
import { index } from './arguments.ts';
import { CommandError, type CommandTable, type Database, syntaxError, wrongArity } from './command.ts';
import {
  entryReply,
  formatId,
  MAX_ID,
  MAX_SEQUENCE,
  millisecondsOf,
  parseBound,
  parseId,
  type Stream,
  type StreamId,
  sequenceOf,
  streamId,
} from './stream.ts';
import { trim, trimOptions } from './stream-trim.ts';

/** The id for a new entry: given whole, as `ms-*`, or `*`. */
function nextId(given: Bytes, lastId: StreamId, now: number): StreamId {
  const after = (milliseconds: bigint): StreamId => {
    if (milliseconds > millisecondsOf(lastId)) return streamId(milliseconds, 0n);
    return sequenceOf(lastId) === MAX_SEQUENCE ? lastId : lastId + 1n;
  };
  if (lastId === MAX_ID) {
    throw new CommandError('ERR The stream has exhausted the last possible ID, unable to add more items');
  }
  if (given === '*') return after(BigInt(now));
  const partial = /^(\d{1,20})-\*$/.exec(given);
  const milliseconds = partial ? millisecondsOf(parseId(partial[1] ?? '', 0n)) : undefined;
  const id =
    milliseconds === undefined
      ? parseId(given, 0n)
      : milliseconds < millisecondsOf(lastId)
        ? 0n
        : after(milliseconds);
  if (id <= lastId) {
    throw new CommandError(
      'ERR The ID specified in XADD is equal or smaller than the target stream top item',
    );
  }
  return id;
}

function add(db: Database, key: Bytes, ...words: Bytes[]): Reply {
  const options = trimOptions(words, 'XADD');
  const [given = '', ...fields] = options.rest;
  if (given !== '*' && !/^\d{1,20}-\*$/.test(given) && parseId(given, 0n) === 0n && fields.length > 0) {
    throw new CommandError('ERR The ID specified in XADD must be greater than 0-0');
  }
  if (fields.length === 0 || fields.length % 2 !== 0) throw wrongArity('xadd');
  const existing = db.keys.read(key, 'stream');
  if (!existing && !options.makeStream) return null;
  const id = nextId(given, existing?.lastId ?? 0n, db.keys.now);
  const stream = db.keys.open(key, 'stream');
  stream.entries.push({ id, fields });
  stream.lastId = id;
  if (options.trim) trim(stream, options.trim);
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

/** `COUNT n`; below zero counts as zero, which XRANGE answers with nil. */
function countOption(words: Bytes[]): number | undefined {
  let count: number | undefined;
  for (let i = 0; i < words.length; i += 2) {
    const value = words[i + 1];
    if (words[i]?.toUpperCase() !== 'COUNT' || value === undefined) throw syntaxError();
    count = Math.max(0, index(value));
  }
  return count;
}

function read(db: Database, ...words: Bytes[]): Reply {
  const at = words.findIndex((word) => word.toUpperCase() === 'STREAMS');
  if (at < 0) throw syntaxError();
  const count = countOption(words.slice(0, at)) || undefined;
  const names = words.slice(at + 1);
  if (names.length === 0 || names.length % 2 !== 0) {
    throw new CommandError(
      "ERR Unbalanced 'xread' list of streams: for each stream key an ID or '$' must be specified.",
    );
  }
  const keys = names.slice(0, names.length / 2);
  const after = keys.map((key, position) => {
    const id = names[keys.length + position] ?? '';
    const stream: Stream | undefined = db.keys.read(key, 'stream');
    return { key, stream, from: id === '$' ? MAX_ID : parseId(id, 0n) };
  });
  const found = after.flatMap(({ key, stream, from }) => {
    const entries = stream?.entries.filter(({ id }) => id > from).slice(0, count) ?? [];
    return entries.length > 0 ? [[key, entries.map(entryReply)]] : [];
  });
  return found.length > 0 ? found : null;
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
      const doomed = new Set(ids.map((id) => parseId(id, 0n)));
      if (!stream) return 0;
      const before = stream.entries.length;
      stream.entries = stream.entries.filter(({ id }) => !doomed.has(id));
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
  XREAD: { arity: -4, run: read },
};
