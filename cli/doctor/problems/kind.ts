import type { Level } from '../finding.ts';

/** A problem in the catalogue: how serious it is, what it is, and how to fix it. */
export type ProblemKind = { level: Extract<Level, 'warning' | 'failure'>; title: string; fix: string };
