import { deadlineMs } from '../../invocation.ts';

/** Between the last moment a handler may answer and the platform's end of the invocation. */
const marginMs = 10_000;

/** Vercel's default `maxDuration`, for platforms that do not tell the deadline. */
const defaultDurationMs = 300_000;

/** When this invocation must have answered, in milliseconds since the epoch, with time left to say so. */
export function handlerDeadlineMs(): number {
  const now = Date.now();
  const end = deadlineMs() ?? now + defaultDurationMs;
  // With a short limit, a fixed margin would leave no time to work.
  return Math.floor(end - Math.min(marginMs, (end - now) / 4));
}

/** Aborts at a deadline, in milliseconds since the epoch. */
export function signalAt(deadlineMs: number): AbortSignal {
  return AbortSignal.timeout(Math.max(0, Math.floor(deadlineMs - Date.now())));
}

/** The handler was stopped, by the deadline or because the client cancelled. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

/**
 * The work's outcome, or a rejection with `Stopped` at the deadline or when the signal aborts. Does not wait for work that
 * goes on after that.
 *
 * @param deadlineMs in milliseconds since the epoch.
 */
export async function untilStopped<T>(
  deadlineMs: number,
  signal: AbortSignal | undefined,
  work: () => T | Promise<T>,
): Promise<T> {
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const stop = () => reject(new Stopped('The handler took too long'));
  const timer = setTimeout(stop, Math.max(0, deadlineMs - Date.now()));
  signal?.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work(), stopped]);
  } catch (error) {
    const over = signal?.aborted || Date.now() >= deadlineMs;
    throw over ? new Stopped('The handler was stopped', { cause: error }) : error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}
