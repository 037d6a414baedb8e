import type { Bytes } from '../backend.ts';
import { index, sliceBounds, tryFloat } from './arguments.ts';
import { CommandError, syntaxError } from './command-error.ts';
import type { Member } from './sorted-set.ts';

/** Picks from members in ascending order. */
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

/** `[a` and `(a` are bounds with and without `a`; `-` and `+` lie before and after everything. */
function lexBound(text: Bytes): { value: Bytes | '-' | '+'; exclusive: boolean; unbounded: boolean } {
  if (text === '-' || text === '+') return { value: text, exclusive: false, unbounded: true };
  const exclusive = text.startsWith('(');
  if (!exclusive && !text.startsWith('[')) {
    throw new CommandError('ERR min or max not valid string range item');
  }
  return { value: text.slice(1), exclusive, unbounded: false };
}

export function byLex(min: Bytes, max: Bytes): Selection {
  const [low, high] = [lexBound(min), lexBound(max)];
  const above = (member: Bytes) => {
    if (low.unbounded) return low.value === '-';
    return low.exclusive ? member > low.value : member >= low.value;
  };
  const below = (member: Bytes) => {
    if (high.unbounded) return high.value === '+';
    return high.exclusive ? member < high.value : member <= high.value;
  };
  return (members) => members.filter(([member]) => above(member) && below(member));
}

export type RangeOptions = {
  by: 'rank' | 'score' | 'lex';
  reverse: boolean;
  withScores: boolean;
  limit: { offset: number; count: number } | undefined;
};

/** Parses what follows the two bounds; `accepted` are the words this command knows. */
export function rangeOptions(words: Bytes[], by: RangeOptions['by'], accepted: string[]): RangeOptions {
  const options: RangeOptions = { by, reverse: false, withScores: false, limit: undefined };
  for (let i = 0; i < words.length; i++) {
    const word = (words[i] ?? '').toUpperCase();
    if (!accepted.includes(word)) throw syntaxError();
    if (word === 'WITHSCORES') options.withScores = true;
    else if (word === 'REV') options.reverse = true;
    else if (word === 'BYSCORE') options.by = 'score';
    else if (word === 'BYLEX') options.by = 'lex';
    else {
      const [offset, count] = [words[++i], words[++i]];
      if (offset === undefined || count === undefined) throw syntaxError();
      options.limit = { offset: index(offset), count: index(count) };
    }
  }
  // Redis takes a count of -1, which means all, for no LIMIT at all.
  if (options.limit && options.limit.count !== -1 && options.by === 'rank') {
    throw new CommandError(
      'ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX',
    );
  }
  if (options.withScores && options.by === 'lex') {
    throw new CommandError('ERR syntax error, WITHSCORES not supported in combination with BYLEX');
  }
  return options;
}

/** The whole of a range command: bounds (highest first when reversed, unless they are ranks), order, limit. */
export function selection(first: Bytes, second: Bytes, options: RangeOptions): Selection {
  const { by, reverse, limit } = options;
  const [min, max] = reverse ? [second, first] : [first, second];
  const pick = by === 'score' ? byScore(min, max) : by === 'lex' ? byLex(min, max) : byRank(first, second);
  return (members) => {
    if (by === 'rank') return pick(reverse ? members.toReversed() : members);
    const picked = reverse ? pick(members).toReversed() : pick(members);
    if (!limit) return picked;
    if (limit.offset < 0) return [];
    return picked.slice(limit.offset, limit.count < 0 ? undefined : limit.offset + limit.count);
  };
}
