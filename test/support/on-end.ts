import { afterAll } from 'vitest';

/** Registers what closes something that was started, the last first. `onTestFinished` is one. */
export type OnEnd = (close: () => Promise<void>) => void;

/** Closes when the tests of the file or the `describe` that calls this are over. */
export function useGroupEnd(): OnEnd {
  const closing = new AsyncDisposableStack();
  afterAll(() => closing.disposeAsync());
  return (close) => closing.defer(close);
}
