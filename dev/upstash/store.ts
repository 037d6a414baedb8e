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
  /** Stops the server, its streams and the backend. */
  close(): Promise<void>;
};
