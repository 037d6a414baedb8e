import { CommandError } from './command-error.ts';

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

export const isInt64 = (value: bigint) => value >= MIN && value <= MAX;

/**
 * A 64-bit integer as Redis accepts it: no plus sign, no leading zero, no space. Returns undefined for anything
 * else.
 */
export function tryInteger(text: string): bigint | undefined {
  if (!/^(0|-?[1-9]\d{0,18})$/.test(text)) return undefined;
  const value = BigInt(text);
  return isInt64(value) ? value : undefined;
}

export function integer(text: string, message = 'ERR value is not an integer or out of range'): bigint {
  const value = tryInteger(text);
  if (value === undefined) throw new CommandError(message);
  return value;
}

/** An integer used as an index or a count. Loses precision beyond 2^53, where no collection is that long. */
export const index = (text: string): number => Number(integer(text));

const FLOAT = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const INFINITE = /^([+-]?)inf(inity)?$/i;

/** A double as C's strtod reads it, without hexadecimal. Returns undefined for anything else and for NaN. */
export function tryFloat(text: string): number | undefined {
  const infinite = INFINITE.exec(text);
  if (infinite) return infinite[1] === '-' ? -Infinity : Infinity;
  return FLOAT.test(text) ? Number(text) : undefined;
}

export function float(text: string, message = 'ERR value is not a valid float'): number {
  const value = tryFloat(text);
  if (value === undefined) throw new CommandError(message);
  return value;
}

/** A double as Redis 7.0 prints it (C's `%.17g`). */
export function formatFloat(value: number): string {
  if (value === Infinity) return 'inf';
  if (value === -Infinity) return '-inf';
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return Object.is(value, -0) ? '-0' : String(value);
  const [digits = '', exponent = '0'] = value.toExponential(16).split('e');
  const power = Number(exponent);
  const trimmed = (text: string) => (text.includes('.') ? text.replace(/\.?0*$/, '') : text);
  if (power < -4 || power >= 17) {
    return `${trimmed(digits)}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  }
  const sign = value < 0 ? '-' : '';
  const bare = digits.replace(/[-.]/g, '');
  if (power < 0) return trimmed(`${sign}0.${'0'.repeat(-power - 1)}${bare}`);
  return trimmed(`${sign}${bare.slice(0, power + 1)}.${bare.slice(power + 1)}`);
}

/** Converts Redis' inclusive range, where negative indexes count from the end, to the `[from, to)` of Array.slice. */
export function sliceBounds(length: number, start: number, stop: number): [number, number] {
  const from = Math.max(0, start < 0 ? start + length : start);
  const to = Math.min(length - 1, stop < 0 ? stop + length : stop);
  return from > to ? [0, 0] : [from, to + 1];
}

/** Splits `f1 v1 f2 v2 …` into pairs and drops an unpaired last word. */
export function pairs(words: string[]): [string, string][] {
  const result: [string, string][] = [];
  for (let i = 0; i + 1 < words.length; i += 2) result.push([words[i] ?? '', words[i + 1] ?? '']);
  return result;
}
