import type { Deadline } from '../../../auth0/request.ts';

/** Milliseconds that making an application may take; Claude gives registration ten seconds. */
export const makingTimeoutMs = 7500;

/** The moment by which an application that a request needs now must be made. */
export function makingDeadline(): Deadline {
  return Date.now() + makingTimeoutMs;
}
