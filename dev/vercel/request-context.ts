import { AsyncLocalStorage } from 'node:async_hooks';

/** `@vercel/otel` hands over a function that returns the promise. */
type Work = Promise<unknown> | (() => Promise<unknown>);

type Context = {
  waitUntil(work: Work): void;
  deadline: string;
  headers: Record<string, string>;
};

/** Where `@vercel/functions` looks for the platform's request context. */
const symbol = Symbol.for('@vercel/request-context');
const storage = new AsyncLocalStorage<Context>();
const pending = new Set<Promise<unknown>>();

/** Makes `waitUntil` and `getDeadline` of `@vercel/functions` work in this process. */
export function provideRequestContext(): void {
  Object.defineProperty(globalThis, symbol, { value: { get: () => storage.getStore() } });
}

/**
 * Runs one invocation with its own context.
 *
 * Enforces what `@vercel/functions` documents for `waitUntil`: its work has the same time limit as the function. Vercel ends it
 * there. Here it cannot be ended, so an error is printed, and nothing waits for it any more.
 *
 * @param deadline When the platform ends the invocation, in ISO 8601.
 */
export function runInContext<T>(deadline: string, headers: Record<string, string>, work: () => T): T {
  const untilDeadline = (promise: Promise<unknown>) => waitUntil(limited(promise, Date.parse(deadline)));
  return storage.run({ deadline, headers, waitUntil: untilDeadline }, work);
}

/** The work, or a failure once the time is up. */
async function limited(work: Promise<unknown>, deadlineMs: number): Promise<unknown> {
  const { promise: timeUp, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error('Vercel ends this work here: the time limit of the function is over')),
    deadlineMs - Date.now(),
  );
  try {
    return await Promise.race([work, timeUp]);
  } finally {
    clearTimeout(timer);
  }
}

/** Tracks work that continues after the response. If it fails, the error is printed and nothing else happens. */
export function waitUntil(work: Work): void {
  const settled = Promise.resolve(typeof work === 'function' ? work() : work)
    .catch((error) => console.error('waitUntil:', error))
    .finally(() => pending.delete(settled));
  pending.add(settled);
}

/** Resolves when all tracked work is done, including work added while waiting. */
export async function idle(): Promise<void> {
  while (pending.size > 0) await Promise.all(pending);
}
