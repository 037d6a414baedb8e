import type { Watcher } from '../doctor/examine.ts';
import type { Finding as DoctorFinding } from '../doctor/finding.ts';
import type { Prompt } from '../prompt.ts';
import { agreed } from './agreed.ts';
import type { Arguments } from './arguments.ts';
import type { Finding, Step } from './plan.ts';
import type { Project } from './platform/project.ts';
import type { Vercel } from './platform/vercel.ts';
import type { Outcome, Progress } from './run.ts';
import type { StepName } from './step-names.ts';

/** Everything a step works with. Steps fill in what later steps need. */
export type Run = {
  flags: Arguments;
  env: Record<string, string | undefined>;
  prompt: Prompt | undefined;
  progress: StepProgress;
  /** Where `.vercel/project.json` is. */
  folder: string;
  /** Undefined without a token. */
  vercel: Vercel | undefined;
  /** Undefined until it exists. */
  project?: Project | undefined;
  /** The project's production URL. On a dry run of a project that does not exist yet, the probable one. */
  projectUrl?: string | undefined;
  /** What the step for Auth0 found and did. */
  auth0?: Outcome;
};

export type StepState = Outcome['state'] | 'skipped';

export type StepResult = {
  state: StepState;
  steps: Step[];
  findings: Finding[];
  /** Why it was skipped. */
  reason?: string;
};

/** Receives what happens while setup goes through its steps. */
export type StepProgress = Progress & {
  onStep(title: string): void;
  onChanges(steps: Step[], findings: Finding[]): void;
  onSkipped(reason: string): void;
  /** Receives the seconds before each wait for a platform that limits requests. */
  onLimit(name: string, seconds: number): void;
  /** Receives the doctor's checks as they happen. */
  watcher?: Watcher | undefined;
  /** Receives all findings of the doctor. */
  onChecked(findings: DoctorFinding[]): void;
};

export type SetupStep = {
  name: StepName;
  title: string;
  /** Throws `CommandFailure`. */
  run(run: Run): Promise<StepResult>;
};

/** The result of a step that cannot or need not run. */
export function skipped(run: Run, reason: string): StepResult {
  run.progress.onSkipped(reason);
  return { state: 'skipped', steps: [], findings: [], reason };
}

/** Shows a step's plan, asks, and makes the changes. Changes nothing if there are problems or on a dry run. */
export async function carryOut(
  run: Run,
  plan: { steps: Step[]; findings?: Finding[]; apply(): Promise<void> },
): Promise<StepResult> {
  const { steps, findings = [] } = plan;
  run.progress.onChanges(steps, findings);
  if (findings.some(({ level }) => level === 'problem')) return { state: 'problems', steps, findings };
  if (run.flags['dry-run']) return { state: 'planned', steps, findings };
  if (steps.every(({ action }) => action === 'keep')) return { state: 'complete', steps, findings };
  if (!(await agreed(run.flags, run.prompt))) return { state: 'declined', steps, findings };
  await plan.apply();
  return { state: 'complete', steps, findings };
}
