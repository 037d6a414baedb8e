import { directoryProblems } from './problems/directory.ts';
import { discoveryProblems } from './problems/discovery.ts';
import { reachProblems } from './problems/reach.ts';
import { signInProblems } from './problems/sign-in.ts';
import { tenantProblems } from './problems/tenant.ts';

/** Every problem that the doctor can report, by its id. */
export const problems = {
  ...reachProblems,
  ...discoveryProblems,
  ...signInProblems,
  ...tenantProblems,
  ...directoryProblems,
};

export type ProblemId = keyof typeof problems;
