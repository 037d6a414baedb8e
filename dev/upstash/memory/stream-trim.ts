import type { Bytes } from '../backend.ts';
import { integer } from './arguments.ts';
import { CommandError, syntaxError } from './command-error.ts';
import { type NewId, parseId, parseNewId, type Stream, type StreamId } from './stream.ts';

export type Trim = ({ maxLength: number } | { minId: StreamId }) & {
  /** For approximate trimming only: the most entries to remove at once. 0 means no limit. */
  limit?: number | undefined;
  approximate: boolean;
};

/** Entries in one node of a Redis stream. Approximate trimming removes whole nodes. */
const NODE_ENTRIES = 100;
const DEFAULT_LIMIT = 100 * NODE_ENTRIES;

const wholeNodes = (count: number) => Math.floor(count / NODE_ENTRIES) * NODE_ENTRIES;

/** Removes the oldest entries. Returns how many. */
export function trim(stream: Stream, how: Trim): number {
  const excess = excessOf(stream, how);
  const removed = how.approximate ? approximately(excess, stream.entries.length, how.limit) : excess;
  stream.entries.splice(0, removed);
  return removed;
}

function excessOf({ entries }: Stream, how: Trim): number {
  if ('maxLength' in how) return Math.max(0, entries.length - how.maxLength);
  const firstKept = entries.findIndex(({ id }) => id >= how.minId);
  return firstKept < 0 ? entries.length : firstKept;
}

function approximately(excess: number, length: number, limit = DEFAULT_LIMIT): number {
  const nodes = excess === length ? length : wholeNodes(excess);
  return limit > 0 && nodes > limit ? wholeNodes(limit) : nodes;
}

type Options = {
  trim: Trim | undefined;
  createsStream: boolean;
  newId: NewId | undefined;
  /** The words after the id: XADD's fields and values. */
  rest: Bytes[];
};

/** Parses `MAXLEN|MINID [=|~] threshold [LIMIT n]`, and for XADD also NOMKSTREAM and the id. */
export function trimOptions(words: Bytes[], command: 'XADD' | 'XTRIM'): Options {
  let found: Trim | undefined;
  let createsStream = true;
  let newId: NewId | undefined;
  let limit: number | undefined;
  let i = 0;
  for (; i < words.length; i++) {
    const word = (words[i] ?? '').toUpperCase();
    const last = i === words.length - 1;
    if ((word === 'MAXLEN' || word === 'MINID') && !last) {
      if (found && 'maxLength' in found !== (word === 'MAXLEN')) {
        throw new CommandError(
          'ERR syntax error, MAXLEN and MINID options at the same time are not compatible',
        );
      }
      const marked = i + 2 < words.length && ['~', '='].includes(words[i + 1] ?? '');
      const approximate = marked && words[i + 1] === '~';
      i += marked ? 2 : 1;
      const threshold = words[i] ?? '';
      found =
        word === 'MAXLEN'
          ? { approximate, maxLength: nonNegative(threshold, word) }
          : { approximate, minId: parseId(threshold, 0n) };
    } else if (word === 'LIMIT' && !last) {
      limit = nonNegative(words[++i] ?? '', word);
    } else if (command === 'XADD' && word === 'NOMKSTREAM') createsStream = false;
    else if (command === 'XADD') {
      newId = parseNewId(words[i] ?? '');
      i++;
      break;
    } else throw syntaxError();
  }
  if (limit && !found) {
    throw new CommandError('ERR syntax error, LIMIT cannot be used without specifying a trimming strategy');
  }
  if (limit !== undefined && !found?.approximate) {
    throw new CommandError('ERR syntax error, LIMIT cannot be used without the special ~ option');
  }
  return { trim: found && { ...found, limit }, createsStream, newId, rest: words.slice(i) };
}

function nonNegative(text: Bytes, word: string): number {
  const value = Number(integer(text));
  if (value < 0) throw new CommandError(`ERR The ${word} argument must be >= 0.`);
  return value;
}
