import { getDeadline } from '@vercel/functions';

/** Milliseconds between the last moment a handler may answer and the platform's end of the invocation. */
const margin = 10_000;

/** Vercel's default `maxDuration`, for hosts that do not tell. */
const usualDuration = 300_000;

/** Milliseconds since the epoch at which this invocation must have answered, with time left to say so. */
export function answerBy(): number {
  const end = getDeadline()?.getTime() ?? Date.now() + usualDuration;
  // On a short limit a fixed margin would leave no time to work.
  return end - Math.min(margin, (end - Date.now()) / 4);
}
