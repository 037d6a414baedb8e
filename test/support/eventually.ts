import { vi } from 'vitest';

/**
 * Waits until an assertion holds, and returns its value. The limit is for a machine with many other tests to run: whether
 * something comes soon enough has to be measured instead.
 */
export function eventually<T>(assertion: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(assertion, { timeout: 60_000 });
}
