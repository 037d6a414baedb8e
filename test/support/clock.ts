import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { moveDate } from './moved-date.ts';

const unitsMs = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** A time span in words: `61 s`, `2 h`, `30 d`. */
export type Duration = `${number} ${keyof typeof unitsMs}`;

export type Clock = {
  /** What function instances need in their environment to follow this clock. */
  env: { NODE_OPTIONS: string; CLOCK_FILE: string };
  /** Lets time pass for the tenant, the store and every instance. */
  advance(duration: Duration): void;
};

/** The milliseconds in a time span. */
export function millisecondsIn(duration: Duration): number {
  const [amount, unit] = duration.split(' ');
  return Number(amount) * unitsMs[unit as keyof typeof unitsMs];
}

/**
 * One clock for everything that a test file runs, which only moves forward. Call it before `useStack` and give the
 * stack its `env`. Cookies, tokens and records expire by it; time limits of requests do not.
 */
export function useClock(): Clock {
  const folder = mkdtempSync(join(tmpdir(), 'clock-'));
  const file = join(folder, 'offset');
  let offsetMs = 0;
  const write = () => writeFileSync(file, new Uint8Array(new Float64Array([offsetMs]).buffer));
  write();
  let restore = () => {};
  beforeAll(() => {
    restore = moveDate(file);
  });
  afterAll(() => {
    restore();
    rmSync(folder, { recursive: true });
  });
  return {
    env: { NODE_OPTIONS: `--import=${new URL('./moved-date.ts', import.meta.url)}`, CLOCK_FILE: file },
    advance: (duration) => {
      offsetMs += millisecondsIn(duration);
      write();
    },
  };
}
