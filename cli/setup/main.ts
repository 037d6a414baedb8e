import { type CommandProcess, hasTerminal } from '../command-process.ts';
import { tableReport } from '../doctor/report.ts';
import { CommandFailure } from '../failure.ts';
import { openPrompt, type Prompt } from '../prompt.ts';
import { readArguments, usage } from './arguments.ts';
import { changesText, failureJson, failureText, planText, stepTitle } from './report.ts';
import { resultsJson, resultsText } from './results.ts';
import type { StepProgress } from './step.ts';
import { goThroughSteps, stateOf } from './steps.ts';

/** Runs setup and returns the exit code: 0, or 1 if it stopped at a problem. */
export async function main(args: string[], process: CommandProcess): Promise<number> {
  const json = args.includes('--json');
  const prompt = hasTerminal(process) && !json ? openPrompt(process.stdin, process.stdout) : undefined;
  try {
    return await setUpAndReport(args, process, prompt);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    if (json) process.stdout.write(failureJson(error));
    else process.stderr.write(failureText(error));
    return 1;
  }
}

async function setUpAndReport(
  args: string[],
  process: CommandProcess,
  prompt: Prompt | undefined,
): Promise<number> {
  const flags = readArguments(args);
  const { env, stdout } = process;
  if (flags.help) {
    stdout.write(usage);
    return 0;
  }
  const progress = flags.json ? silent(process) : printed(process);
  const done = await goThroughSteps(flags, env, prompt, progress, process.cwd());
  const state = stateOf(done);
  const wants = prompt && state === 'complete' && !flags.yes && !done.run.vercel;
  // The work is done at this point: Ctrl-C on this question only means not to show the secrets.
  const shown =
    flags['show-secrets'] || (wants && (await prompt.confirm('Show the secrets here?').catch(() => false)));
  stdout.write(flags.json ? resultsJson(done) : resultsText(done, Boolean(shown)));
  return state === 'problems' ? 1 : 0;
}

const nothing = () => {};

/** Only says when setup waits. */
function silent({ stderr }: CommandProcess): StepProgress {
  const wait = (name: string, seconds: number) =>
    stderr.write(`${name} limits requests; waiting ${seconds} s.\n`);
  return {
    onWait: (seconds) => wait('Auth0', seconds),
    onLimit: wait,
    onPlan: nothing,
    onStep: nothing,
    onChanges: nothing,
    onSkipped: nothing,
    onChecked: nothing,
  };
}

function printed(process: CommandProcess): StepProgress {
  const out = process.stdout;
  const table = tableReport(out);
  return {
    ...silent(process),
    onPlan: (plan) => out.write(planText(plan)),
    onStep: (title) => out.write(stepTitle(title)),
    onChanges: (steps, findings) => out.write(changesText(steps, findings)),
    onSkipped: (reason) => out.write(`  Skipped. ${reason}\n`),
    watcher: table,
    onChecked: (findings) => table.onEnd(findings),
  };
}
