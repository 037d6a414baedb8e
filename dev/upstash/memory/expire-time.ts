import type { Bytes } from '../backend.ts';
import { integer, isInt64 } from './arguments.ts';
import { CommandError, syntaxError } from './command-error.ts';

const MAX = 2n ** 63n - 1n;

/** The meaning of the number after EX, PX, EXAT and PXAT. */
export type ExpireUnit = { milliseconds: boolean; absolute: boolean };

export const EXPIRE_UNITS: Record<string, ExpireUnit | undefined> = {
  EX: { milliseconds: false, absolute: false },
  PX: { milliseconds: true, absolute: false },
  EXAT: { milliseconds: false, absolute: true },
  PXAT: { milliseconds: true, absolute: true },
};

const invalid = (command: string) => new CommandError(`ERR invalid expire time in '${command}' command`);

/** The expiry time in milliseconds since the epoch. `command` is named in the error. */
export function expireTime(text: Bytes, unit: ExpireUnit, now: number, command: string): number {
  const value = integer(text) * (unit.milliseconds ? 1n : 1000n);
  const at = unit.absolute ? value : value + BigInt(now);
  if (!isInt64(value) || at > MAX) throw invalid(command);
  return Number(at);
}

/** As `expireTime`, but zero and negative numbers are errors (SET and GETEX). */
export function futureExpireTime(text: Bytes, unit: ExpireUnit, now: number, command: string): number {
  if (integer(text) <= 0n) throw invalid(command);
  return expireTime(text, unit, now, command);
}

/** What SET and GETEX do with the expiry. */
export type ExpiryOption = { unit: ExpireUnit; amount: Bytes } | 'KEEPTTL' | 'PERSIST' | undefined;
export type StringOptions = { only: 'NX' | 'XX' | undefined; get: boolean; expiry: ExpiryOption };

/** Parses the options of SET (`NX XX GET KEEPTTL`) or GETEX (`PERSIST`), and the expiry options of both. */
export function stringOptions(words: Bytes[], command: 'SET' | 'GETEX'): StringOptions {
  const options: StringOptions = { only: undefined, get: false, expiry: undefined };
  let expiryWord: string | undefined;
  for (let i = 0; i < words.length; i++) {
    const word = (words[i] ?? '').toUpperCase();
    const unit = EXPIRE_UNITS[word];
    const forExpiry = unit || word === (command === 'SET' ? 'KEEPTTL' : 'PERSIST');
    if (forExpiry && expiryWord !== undefined && expiryWord !== word) throw syntaxError();
    if (unit) {
      const amount = words[++i];
      if (amount === undefined) throw syntaxError();
      options.expiry = { unit, amount };
    } else if (word === 'KEEPTTL' && forExpiry) options.expiry = word;
    else if (word === 'PERSIST' && forExpiry) options.expiry = word;
    else if (command === 'SET' && word === 'GET') options.get = true;
    else if (command === 'SET' && (word === 'NX' || word === 'XX')) {
      if (options.only !== undefined && options.only !== word) throw syntaxError();
      options.only = word;
    } else throw syntaxError();
    if (forExpiry) expiryWord = word;
  }
  return options;
}
