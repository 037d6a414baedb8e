import type { Bytes, Reply } from '../backend.ts';
import { CommandError } from './command-error.ts';

/** An entry's id as one number: milliseconds in the upper 64 bits, sequence in the lower. */
export type StreamId = bigint;
export type StreamEntry = { id: StreamId; fields: Bytes[] };
/** Entries in ascending order. `lastId` is kept when its entry is removed. */
export type Stream = { entries: StreamEntry[]; lastId: StreamId };

export const emptyStream = (): Stream => ({ entries: [], lastId: 0n });

const HALF = 2n ** 64n;
export const MAX_SEQUENCE = HALF - 1n;
export const MAX_ID: StreamId = HALF * HALF - 1n;

export const streamId = (milliseconds: bigint, sequence: bigint): StreamId => milliseconds * HALF + sequence;
export const millisecondsOf = (id: StreamId): bigint => id / HALF;
export const sequenceOf = (id: StreamId): bigint => id % HALF;
export const formatId = (id: StreamId): Bytes => `${millisecondsOf(id)}-${sequenceOf(id)}`;
export const entryReply = ({ id, fields }: StreamEntry): Reply => [formatId(id), fields];

const invalid = () => new CommandError('ERR Invalid stream ID specified as stream command argument');

/** Parses `ms-seq`, or `ms` alone, which gets `missingSequence`. */
export function parseId(text: Bytes, missingSequence: bigint): StreamId {
  const match = /^(\d{1,20})(?:-(\d{1,20}))?$/.exec(text);
  if (!match) throw invalid();
  const milliseconds = BigInt(match[1] ?? '');
  const sequence = match[2] === undefined ? missingSequence : BigInt(match[2]);
  if (milliseconds >= HALF || sequence >= HALF) throw invalid();
  return streamId(milliseconds, sequence);
}

/** A lower or upper bound of XRANGE: `-`, `+`, an id, or `(` and an id to exclude that id. */
export function parseBound(text: Bytes, side: 'start' | 'end'): StreamId {
  if (text === '-') return 0n;
  if (text === '+') return MAX_ID;
  const exclusive = text.startsWith('(');
  const id = parseId(exclusive ? text.slice(1) : text, side === 'start' ? 0n : MAX_SEQUENCE);
  if (!exclusive) return id;
  if (id === (side === 'start' ? MAX_ID : 0n)) {
    throw new CommandError(`ERR invalid ${side} ID for the interval`);
  }
  return side === 'start' ? id + 1n : id - 1n;
}

/** XADD's id: `*`, `ms-*` or a complete id. Missing parts are chosen when the entry is added. */
export type NewId = { milliseconds?: bigint; sequence?: bigint };

export function parseNewId(text: Bytes): NewId {
  if (text === '*') return {};
  const [, milliseconds] = /^(\d{1,20})-\*$/.exec(text) ?? [];
  const id = parseId(milliseconds ?? text, 0n);
  return milliseconds === undefined
    ? { milliseconds: millisecondsOf(id), sequence: sequenceOf(id) }
    : { milliseconds: millisecondsOf(id) };
}

/** The id for a new entry after `lastId`. Throws if there is none. */
export function nextId({ milliseconds, sequence }: NewId, lastId: StreamId, now: number): StreamId {
  if (lastId === MAX_ID) {
    throw new CommandError('ERR The stream has exhausted the last possible ID, unable to add more items');
  }
  const tooSmall = () =>
    new CommandError('ERR The ID specified in XADD is equal or smaller than the target stream top item');
  if (milliseconds === undefined) {
    const first = streamId(BigInt(now), 0n);
    return first > lastId ? first : lastId + 1n;
  }
  if (sequence === undefined && milliseconds === millisecondsOf(lastId)) {
    if (sequenceOf(lastId) === MAX_SEQUENCE) throw tooSmall();
    return lastId + 1n;
  }
  const id = streamId(milliseconds, sequence ?? 0n);
  if (id <= lastId) throw tooSmall();
  return id;
}
