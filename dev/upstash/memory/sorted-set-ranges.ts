import type { Bytes } from '../backend.ts';
import { index, sliceBounds, tryFloat } from './arguments.ts';
import { CommandError, syntaxError, unsupportedOption } from './command-error.ts';
import type { Member } from './sorted-set.ts';

/** Selects from members in ascending order. */
export type Selection = (members: readonly Member[]) => readonly Member[];

export function byRank(start: Bytes, stop: Bytes): Selection {
  const [from, to] = [index(start), index(stop)];
  return (members) => members.slice(...sliceBounds(members.length, from, to));
}

function scoreBound(text: Bytes) {
  const exclusive = text.startsWith('(');
  const score = tryFloat(exclusive ? text.slice(1) : text);
  if (score === undefined) throw new CommandError('ERR min or max is not a float');
  return { score, exclusive };
}

export function byScore(min: Bytes, max: Bytes): Selection {
  const [low, high] = [scoreBound(min), scoreBound(max)];
  return (members) =>
    members.filter(
      ([, score]) =>
        (low.exclusive ? score > low.score : score >= low.score) &&
        (high.exclusive ? score < high.score : score <= high.score),
    );
}

export type RangeOptions = {
  by: 'rank' | 'score';
  reverse: boolean;
  withScores: boolean;
  limit: { offset: number; count: number } | undefined;
};

/** Parses the words after the two bounds. `accepted` lists the options of this command. */
export function rangeOptions(words: Bytes[], accepted: string[]): RangeOptions {
  const options: RangeOptions = { by: 'rank', reverse: false, withScores: false, limit: undefined };
  for (let i = 0; i < words.length; i++) {
    const word = (words[i] ?? '').toUpperCase();
    if (!accepted.includes(word)) throw syntaxError();
    if (word === 'WITHSCORES') options.withScores = true;
    else if (word === 'REV') options.reverse = true;
    else if (word === 'BYSCORE') options.by = 'score';
    else if (word === 'BYLEX') throw unsupportedOption('ZRANGE', word);
    else {
      const [offset, count] = [words[++i], words[++i]];
      if (offset === undefined || count === undefined) throw syntaxError();
      options.limit = { offset: index(offset), count: index(count) };
    }
  }
  // A count of -1 means all. Redis treats it as if LIMIT was not given.
  if (options.limit && options.limit.count !== -1 && options.by === 'rank') {
    throw new CommandError(
      'ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX',
    );
  }
  return options;
}

/** A whole range command: bounds, order and limit. With REV, score bounds come highest first. */
export function selection(first: Bytes, second: Bytes, options: RangeOptions): Selection {
  const { by, reverse, limit } = options;
  if (by === 'rank') {
    const pick = byRank(first, second);
    return (members) => pick(reverse ? members.toReversed() : members);
  }
  const pick = reverse ? byScore(second, first) : byScore(first, second);
  return (members) => {
    const picked = reverse ? pick(members).toReversed() : pick(members);
    if (!limit) return picked;
    if (limit.offset < 0) return [];
    return picked.slice(limit.offset, limit.count < 0 ? undefined : limit.offset + limit.count);
  };
}
