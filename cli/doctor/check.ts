import { describe } from './describe.ts';
import type { Examination } from './examination.ts';
import type { NoAnswer } from './probe.ts';
import type { ProblemId } from './problems.ts';

export type Phase =
  | 'Reach'
  | 'Discovery'
  | 'Registration'
  | 'Authorization'
  | 'Sign-in'
  | 'Directory'
  | 'Tenant'
  | 'Clean-up';

/** A problem by its id in the catalogue, with what was seen. */
export type Problem = { id: ProblemId; detail: string };

export type Outcome =
  | { /** What was seen if there are no problems. */ detail: string; problems?: Problem[] }
  | { /** Why the check does not apply. */ skipped: string };

/** One thing that the doctor examines. It reads what earlier checks learned and adds to it. It may throw. */
export type Check = {
  id: string;
  phase: Phase;
  /** What is true if nothing is wrong. */
  title: string;
  /** What the check needs: an MCP server that answers, or one that asks for a sign-in. */
  needs?: 'server' | 'sign-in';
  /** The check runs only if this was asked for. Default: always. */
  only?: 'directory';
  run(examination: Examination): Promise<Outcome>;
};

/** An outcome with one problem. */
export function problem(id: ProblemId, detail: string): Outcome {
  return { detail: '', problems: [{ id, detail }] };
}

/** An outcome with any number of problems. */
export function outcome(detail: string, problems: Problem[]): Outcome {
  return { detail, problems };
}

/** The problem behind a missing answer: a timeout or an oversized body by its own id, a lost connection as `otherwise`. */
export function noAnswer(answer: NoAnswer, otherwise: ProblemId): Problem {
  return { id: answer.failed === 'connection' ? otherwise : answer.failed, detail: describe(answer) };
}
