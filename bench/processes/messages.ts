/** What a process of the benchmark is asked. */
export type ToChild = 'usage';

/** What it says. */
export type FromChild = { kind: 'ready'; url: string } | { kind: 'usage'; cpuMs: number; rssBytes: number };

/** The one request of a fresh process. */
export type ColdRequest = { url: string; method?: string; headers?: Record<string, string>; body?: string };

/** What a fresh process says when it has answered. */
export type ColdAnswer = { status: number; characters: number; cpuMs: number };
