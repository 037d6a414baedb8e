import type { Prompt } from '../prompt.ts';
import type { Arguments } from './arguments.ts';
import { readLink } from './platform/project.ts';
import { openVercel } from './platform/vercel.ts';
import type { Run, SetupStep, StepProgress, StepResult, StepState } from './step.ts';
import type { StepName } from './step-names.ts';
import { setUpAuth0 } from './steps/auth0.ts';
import { check } from './steps/check.ts';
import { deploy } from './steps/deploy.ts';
import { previews } from './steps/previews.ts';
import { project } from './steps/project.ts';
import { store } from './steps/store.ts';
import { variables } from './steps/variables.ts';

/** Everything that setup does, from nothing to a server that clients can connect to. */
const steps: readonly SetupStep[] = [project, setUpAuth0, store, variables, previews, deploy, check];

/** The results of a run, by step. */
export type Results = { run: Run; results: Map<StepName, StepResult> };

/**
 * Goes through the steps. Each one looks at what exists, so a run continues where an earlier one stopped. Stops at the
 * first step with problems. Throws `CommandFailure`.
 *
 * @param folder the folder to link to the Vercel project.
 */
export async function goThroughSteps(
  flags: Arguments,
  env: Record<string, string | undefined>,
  prompt: Prompt | undefined,
  progress: StepProgress,
  folder: string,
): Promise<Results> {
  const chosen = steps.filter(({ name }) => !flags.only.length || flags.only.includes(name));
  const needsVercel = chosen.some(({ name }) => name !== 'auth0' && name !== 'check');
  const token = env.VERCEL_TOKEN || (needsVercel ? await askForToken(prompt) : undefined);
  const team = flags.team || env.VERCEL_ORG_ID || (await readLink(folder))?.orgId;
  const scope = team?.startsWith('team_') || flags.team ? team : undefined;
  const vercel = token ? openVercel(token, scope, env.VERCEL_API_URL, progress.onLimit) : undefined;
  const run: Run = { flags, env, prompt, progress, folder, vercel };
  const results = new Map<StepName, StepResult>();
  for (const step of chosen) {
    progress.onStep(step.title);
    const result = await step.run(run);
    results.set(step.name, result);
    if (result.state === 'problems') break;
  }
  return { run, results };
}

/** The state of the whole run: the first of these that any step is in. */
export function stateOf({ results }: Results): StepState {
  const states = [...results.values()].map(({ state }) => state);
  const order = ['problems', 'declined', 'planned', 'complete'] as const;
  return order.find((state) => states.includes(state)) ?? 'skipped';
}

function askForToken(prompt: Prompt | undefined): Promise<string> | undefined {
  return prompt?.askSecret('Vercel token (empty: setup prints what to paste there instead)');
}
