import type { Bytes, Reply } from '../backend.ts';
import { formatFloat } from './arguments.ts';
import type { CommandTable, Database } from './command.ts';
import { inOrder, type Member, removeMembers } from './sorted-set.ts';
import { byRank, byScore, rangeOptions, type Selection, selection } from './sorted-set-ranges.ts';

const members = (db: Database, key: Bytes): readonly Member[] => {
  const set = db.keys.read(key, 'zset');
  return set ? inOrder(set) : [];
};

const listed = (found: readonly Member[], withScores: boolean): Reply =>
  found.flatMap(([member, score]) => (withScores ? [member, formatFloat(score)] : [member]));

function range(accepted: string[], reversed = false) {
  return (db: Database, key: Bytes, first: Bytes, second: Bytes, ...words: Bytes[]): Reply => {
    const options = rangeOptions(words, accepted);
    const select = selection(first, second, reversed ? { ...options, reverse: true } : options);
    return listed(select(members(db, key)), options.withScores);
  };
}

function removeSelected(select: (min: Bytes, max: Bytes) => Selection) {
  return (db: Database, key: Bytes, min: Bytes, max: Bytes): Reply => {
    const pick = select(min, max);
    const set = db.keys.read(key, 'zset');
    if (!set) return 0;
    const removed = removeMembers(
      set,
      pick(inOrder(set)).map(([member]) => member),
    );
    db.keys.removeIfEmpty(key);
    return removed;
  };
}

export const sortedSetCommands: CommandTable = {
  ZREM: {
    arity: -3,
    write: true,
    run(db, key, ...removed) {
      const set = db.keys.read(key, 'zset');
      const count = set ? removeMembers(set, removed) : 0;
      db.keys.removeIfEmpty(key);
      return count;
    },
  },
  ZSCORE: {
    arity: 3,
    run(db, key, member) {
      const score = db.keys.read(key, 'zset')?.scores.get(member);
      return score === undefined ? null : formatFloat(score);
    },
  },
  ZCARD: { arity: 2, run: (db, key) => db.keys.read(key, 'zset')?.size ?? 0 },
  ZCOUNT: {
    arity: 4,
    run(db, key, min, max) {
      const select = byScore(min, max);
      return select(members(db, key)).length;
    },
  },
  ZRANGE: { arity: -4, run: range(['BYSCORE', 'BYLEX', 'REV', 'LIMIT', 'WITHSCORES']) },
  ZREVRANGE: { arity: -4, run: range(['WITHSCORES', 'LIMIT'], true) },
  ZREMRANGEBYSCORE: { arity: 4, write: true, run: removeSelected(byScore) },
  ZREMRANGEBYRANK: { arity: 4, write: true, run: removeSelected(byRank) },
};
