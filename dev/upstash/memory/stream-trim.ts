import type { Bytes } from '../backend.ts';
import { integer } from './arguments.ts';
import { CommandError, syntaxError } from './command.ts';
import { parseId, type Stream, type StreamId } from './stream.ts';

export type Trim = { approximate: boolean } & ({ maxLength: number } | { minId: StreamId });

/** Redis keeps this many entries in a node of a stream, and trims approximately by whole nodes. */
const NODE = 100;

/** Removes from the oldest end; returns how many. */
export function trim(stream: Stream, how: Trim): number {
  const { entries } = stream;
  const firstKept = 'minId' in how ? entries.findIndex(({ id }) => id >= how.minId) : undefined;
  const excess =
    'minId' in how
      ? firstKept === -1
        ? entries.length
        : (firstKept ?? 0)
      : Math.max(0, entries.length - how.maxLength);
  const removed = how.approximate ? Math.floor(excess / NODE) * NODE : excess;
  entries.splice(0, removed);
  return removed;
}

type Options = { trim: Trim | undefined; makeStream: boolean; rest: Bytes[] };

/** Parses `MAXLEN|MINID [=|~] threshold [LIMIT n]`, and XADD's NOMKSTREAM; `rest` begins at XADD's id. */
export function trimOptions(words: Bytes[], command: 'XADD' | 'XTRIM'): Options {
  let found: Trim | undefined;
  let makeStream = true;
  let limited = false;
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
      nonNegative(words[++i] ?? '', word);
      limited = true;
    } else if (command === 'XADD' && word === 'NOMKSTREAM') makeStream = false;
    else if (command === 'XADD') break;
    else throw syntaxError();
  }
  if (limited && !found) {
    throw new CommandError('ERR syntax error, LIMIT cannot be used without specifying a trimming strategy');
  }
  if (limited && !found?.approximate) {
    throw new CommandError('ERR syntax error, LIMIT cannot be used without the special ~ option');
  }
  return { trim: found, makeStream, rest: words.slice(i) };
}

function nonNegative(text: Bytes, word: string): number {
  const value = Number(integer(text));
  if (value < 0) throw new CommandError(`ERR The ${word} argument must be >= 0.`);
  return value;
}
