import type { Faults } from './faults.ts';

/** A running store. */
export type Store = {
  url: string;
  faults: Faults;
  /** Commands executed. Each command of a pipeline or transaction counts. */
  commands: number;
  /** Requests with the right token, except those to `/_local`. */
  requests: number;
  resetCounts(): void;
  /** Called with each of these requests before anything else happens. A request that resolves to `drop` is not executed. */
  intercept?: (() => Promise<'drop' | undefined>) | undefined;
  /** Takes the store off its port, as if its machine were gone. Resolves to a function that puts it back. */
  unplug(): Promise<() => Promise<void>>;
  /** Stops the server, its streams and the backend. */
  close(): Promise<void>;
};
