import type { Level } from './finding.ts';
import { discoveryProblems } from './problems/discovery.ts';
import { reachProblems } from './problems/reach.ts';
import { signInProblems } from './problems/sign-in.ts';
import { tenantProblems } from './problems/tenant.ts';

/** A cause the doctor knows by name: how bad, what it is, what to do. */
export type ProblemKind = { level: Extract<Level, 'warning' | 'failure'>; title: string; fix: string };

/** Every cause by its id. */
export const problems = {
  ...reachProblems,
  ...discoveryProblems,
  ...signInProblems,
  ...tenantProblems,
};

export type ProblemId = keyof typeof problems;
