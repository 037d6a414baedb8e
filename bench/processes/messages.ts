/** What a process of the benchmark is asked. */
export type ToChild = 'usage';

/** What it says. */
export type FromChild =
  | { kind: 'ready'; url: string }
  | { kind: 'usage'; cpuMs: number; rssBytes: number };
