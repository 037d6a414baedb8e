import { getDeadline } from '@vercel/functions';

/** Milliseconds between the last moment a handler may answer and the platform's end of the invocation. */
const margin = 10_000;

/** Vercel's default `maxDuration`, for hosts that do not tell. */
const usualDuration = 300_000;

/** Milliseconds since the epoch at which this invocation must have answered, with time left to say so. */
export function answerBy(): number {
  const end = getDeadline()?.getTime() ?? Date.now() + usualDuration;
  // On a short limit a fixed margin would leave no time to work.
  return Math.floor(end - Math.min(margin, (end - Date.now()) / 4));
}

/** Aborts at a deadline in milliseconds since the epoch. */
export function signalAt(deadline: number): AbortSignal {
  return AbortSignal.timeout(Math.max(0, Math.floor(deadline - Date.now())));
}

/** The handler was stopped, by the deadline or because the client cancelled. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** The work's outcome, or a rejection with `Stopped` at the signal: work that ignores it is not waited for. */
export async function untilAborted<T>(signal: AbortSignal, work: () => T | Promise<T>): Promise<T> {
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(new Stopped('The handler took too long'));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work(), aborted]);
  } catch (error) {
    throw signal.aborted ? new Stopped('The handler was stopped', { cause: error }) : error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
