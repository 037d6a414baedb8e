import type { Faults } from './faults.ts';

/** A running store, as whoever started it sees it. */
export type Store = {
  url: string;
  faults: Faults;
  /** Commands executed, each one of a pipeline or transaction counted. */
  commands: number;
  /** Requests that arrived with the right token, `/_local` aside. */
  requests: number;
  resetCounts(): void;
  /** Ends the server with its streams, and the backend. */
  close(): Promise<void>;
};
