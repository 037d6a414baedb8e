import type { Examination } from './examination.ts';
import type { ProblemId } from './problems.ts';

export type Phase =
  | 'Reach'
  | 'Discovery'
  | 'Registration'
  | 'Authorization'
  | 'Sign-in'
  | 'Tenant'
  | 'Clean-up';

/** Something wrong, by its name in the catalogue, with what was seen. */
export type Problem = { id: ProblemId; detail: string };

export type Outcome =
  | { /** What was seen, for a check without problems. */ detail: string; problems?: Problem[] }
  | { /** Why this check does not apply here. */ skipped: string };

/** One thing the doctor looks at. It learns from the examination so far and adds to it; it may throw. */
export type Check = {
  id: string;
  phase: Phase;
  /** What is right when nothing is wrong. */
  title: string;
  /** What it makes no sense without: an MCP server that answers, or one that asks to sign in. */
  needs?: 'server' | 'sign-in';
  run(examination: Examination): Promise<Outcome>;
};

/** An outcome of one problem. */
export function problem(id: ProblemId, detail: string): Outcome {
  return { detail: '', problems: [{ id, detail }] };
}

/** An outcome of some problems, or of none. */
export function outcome(detail: string, problems: Problem[]): Outcome {
  return { detail, problems };
}
