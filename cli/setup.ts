/** `npm run setup`: takes this repository from a clone to a server in production. */

import { type TableReport, tableReport } from './doctor/report.ts';
import { CommandFailure } from './failure.ts';
import { openPrompt, type Prompt } from './prompt.ts';
import { readArguments, usage } from './setup/arguments.ts';
import { changesText, failureJson, failureText, planText, stepTitle } from './setup/report.ts';
import { resultsJson, resultsText } from './setup/results.ts';
import type { StepProgress } from './setup/step.ts';
import { goThroughSteps, stateOf } from './setup/steps.ts';

const args = process.argv.slice(2);
const json = args.includes('--json');
const interactive = Boolean(process.stdin.isTTY && process.stdout.isTTY) && !json;

async function main(prompt: Prompt | undefined): Promise<number> {
  const flags = readArguments(args);
  if (flags.help) {
    process.stdout.write(usage);
    return 0;
  }
  const done = await goThroughSteps(flags, process.env, prompt, json ? silent : printed(), process.cwd());
  const state = stateOf(done);
  const wants = interactive && state === 'complete' && !flags.yes && !done.run.vercel;
  // The work is done at this point: Ctrl-C on this question only means not to show the secrets.
  const shown =
    flags['show-secrets'] || (wants && (await prompt?.confirm('Show the secrets here?').catch(() => false)));
  process.stdout.write(json ? resultsJson(done) : resultsText(done, Boolean(shown)));
  return state === 'problems' ? 1 : 0;
}

const wait = (name: string, seconds: number) =>
  process.stderr.write(`${name} limits requests; waiting ${seconds} s.\n`);
const nothing = () => {};
const silent: StepProgress = {
  onWait: (seconds) => wait('Auth0', seconds),
  onLimit: wait,
  onPlan: nothing,
  onStep: nothing,
  onChanges: nothing,
  onSkipped: nothing,
  onChecked: nothing,
};

function printed(): StepProgress {
  const out = process.stdout;
  const table: TableReport = tableReport(out);
  return {
    ...silent,
    onPlan: (plan) => out.write(planText(plan)),
    onStep: (title) => out.write(stepTitle(title)),
    onChanges: (steps, findings) => out.write(changesText(steps, findings)),
    onSkipped: (reason) => out.write(`  Skipped. ${reason}\n`),
    watcher: table,
    onChecked: (findings) => table.onEnd(findings),
  };
}

const prompt = interactive ? openPrompt(process.stdin, process.stdout) : undefined;
try {
  process.exitCode = await main(prompt);
} catch (error) {
  if (!(error instanceof CommandFailure)) throw error;
  if (json) process.stdout.write(failureJson(error));
  else process.stderr.write(failureText(error));
  process.exitCode = 1;
}
