/**
 * Moves `Date` by as many milliseconds as the file in `CLOCK_FILE` says. Function instances preload this module, and
 * `clock.ts` calls it for the test's own process, where the tenant, the store and Vercel's front run. Timers and
 * `performance.now()` stay real, so a test can still measure how long an answer takes.
 */
import { openSync, readSync } from 'node:fs';

const { CLOCK_FILE } = process.env;
if (CLOCK_FILE) moveDate(CLOCK_FILE);

/** Replaces this process's `Date`. Returns what puts the real one back. */
export function moveDate(file: string): () => void {
  const RealDate = globalThis.Date;
  const descriptor = openSync(file, 'r');
  const offset = new Float64Array(1);
  // Read on each use, which takes about a microsecond: no process ever lags behind the others.
  const now = () => {
    readSync(descriptor, offset, 0, 8, 0);
    return RealDate.now() + (offset[0] ?? 0);
  };
  globalThis.Date = new Proxy(RealDate, {
    get: (target, property) => (property === 'now' ? now : Reflect.get(target, property)),
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: (target) => new target(now()).toString(),
  });
  return () => {
    globalThis.Date = RealDate;
  };
}
