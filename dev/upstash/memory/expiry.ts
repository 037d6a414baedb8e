import type { Bytes, Reply } from '../backend.ts';
import type { CommandTable, Database } from './command.ts';
import { CommandError } from './command-error.ts';
import { type ExpireUnit, expireTime } from './expire-time.ts';

const CONDITIONS = ['NX', 'XX', 'GT', 'LT'];

function conditions(words: Bytes[]): Set<string> {
  const found = new Set<string>();
  for (const word of words) {
    const condition = word.toUpperCase();
    if (!CONDITIONS.includes(condition)) throw new CommandError(`ERR Unsupported option ${word}`);
    found.add(condition);
  }
  if (found.has('NX') && found.size > 1) {
    throw new CommandError('ERR NX and XX, GT or LT options at the same time are not compatible');
  }
  if (found.has('GT') && found.has('LT')) {
    throw new CommandError('ERR GT and LT options at the same time are not compatible');
  }
  return found;
}

/** A key without an expiry counts as infinite, so GT never applies to it. */
function allowed(when: Set<string>, current: number | null, at: number): boolean {
  if (when.has('NX') && current !== null) return false;
  if (when.has('XX') && current === null) return false;
  if (when.has('GT') && (current === null || at <= current)) return false;
  return !(when.has('LT') && current !== null && at >= current);
}

function expire(name: string, unit: ExpireUnit) {
  return (db: Database, key: Bytes, time: Bytes, ...words: Bytes[]): Reply => {
    const when = conditions(words);
    const at = expireTime(time, unit, db.keys.now, name);
    const current = db.keys.expiry(key);
    if (current === undefined || !allowed(when, current, at)) return 0;
    if (at <= db.keys.now) db.keys.remove(key);
    else db.keys.expire(key, at);
    return 1;
  };
}

/** Returns -2 if there is no such key, -1 if it has no expiry. */
function remaining(db: Database, key: Bytes, measure: (at: number) => number): number {
  const at = db.keys.expiry(key);
  if (at === undefined) return -2;
  return at === null ? -1 : measure(at);
}

const seconds = (milliseconds: number) => Math.floor((milliseconds + 500) / 1000);

export const expiryCommands: CommandTable = {
  EXPIRE: { arity: -3, write: true, run: expire('expire', { milliseconds: false, absolute: false }) },
  PEXPIRE: { arity: -3, write: true, run: expire('pexpire', { milliseconds: true, absolute: false }) },
  PERSIST: {
    arity: 2,
    write: true,
    run(db, key) {
      if (typeof db.keys.expiry(key) !== 'number') return 0;
      db.keys.expire(key, undefined);
      return 1;
    },
  },
  TTL: { arity: 2, run: (db, key) => remaining(db, key, (at) => seconds(at - db.keys.now)) },
  PTTL: { arity: 2, run: (db, key) => remaining(db, key, (at) => at - db.keys.now) },
};
