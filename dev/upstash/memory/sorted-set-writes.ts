import type { Bytes, Reply } from '../backend.ts';
import { float, formatFloat, pairs } from './arguments.ts';
import type { CommandTable, Database } from './command.ts';
import { CommandError, syntaxError } from './command-error.ts';
import { setScore } from './sorted-set.ts';

const FLAGS = ['NX', 'XX', 'GT', 'LT', 'CH', 'INCR'];

function leadingFlags(words: Bytes[]): Set<string> {
  const flags = new Set<string>();
  for (const word of words) {
    if (!FLAGS.includes(word.toUpperCase())) break;
    flags.add(word.toUpperCase());
  }
  return flags;
}

function checkFlags(flags: Set<string>): void {
  const [nx, gt, lt] = [flags.has('NX'), flags.has('GT'), flags.has('LT')];
  if (nx && flags.has('XX')) {
    throw new CommandError('ERR XX and NX options at the same time are not compatible');
  }
  if ((gt && nx) || (lt && nx) || (gt && lt)) {
    throw new CommandError('ERR GT, LT, and/or NX options at the same time are not compatible');
  }
}

/** The new score of a member, or undefined if the flags keep it unchanged. */
function newScore(flags: Set<string>, current: number | undefined, given: number): number | undefined {
  if (current === undefined) return flags.has('XX') ? undefined : given;
  if (flags.has('NX')) return undefined;
  const score = flags.has('INCR') ? current + given : given;
  if (Number.isNaN(score)) throw new CommandError('ERR resulting score is not a number (NaN)');
  if ((flags.has('GT') && score <= current) || (flags.has('LT') && score >= current)) return undefined;
  return score;
}

function add(db: Database, key: Bytes, flags: Set<string>, words: Bytes[]): Reply {
  const scored = pairs(words).map(([score, member]) => ({ score: float(score), member }));
  const set = flags.has('XX') ? db.keys.read(key, 'zset') : db.keys.open(key, 'zset');
  const count = { added: 0, updated: 0 };
  let last: number | undefined;
  try {
    for (const { score, member } of set ? scored : []) {
      const current = set?.scores.get(member);
      last = newScore(flags, current, score);
      if (last === undefined || last === current || !set) continue;
      setScore(set, member, last);
      count[current === undefined ? 'added' : 'updated']++;
    }
  } finally {
    db.keys.removeIfEmpty(key);
  }
  if (flags.has('INCR')) return last === undefined ? null : formatFloat(last);
  return flags.has('CH') ? count.added + count.updated : count.added;
}

export const sortedSetWriteCommands: CommandTable = {
  ZADD: {
    arity: -4,
    write: true,
    run(db, key, ...words) {
      const flags = leadingFlags(words);
      const flagWords = words.findIndex((word) => !flags.has(word.toUpperCase()));
      const elements = flagWords < 0 ? [] : words.slice(flagWords);
      if (elements.length === 0 || elements.length % 2 !== 0) throw syntaxError();
      checkFlags(flags);
      if (flags.has('INCR') && elements.length > 2) {
        throw new CommandError('ERR INCR option supports a single increment-element pair');
      }
      return add(db, key, flags, elements);
    },
  },
};
