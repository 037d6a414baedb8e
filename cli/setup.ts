/** `npm run setup`: prepares an Auth0 tenant for this server. */

import { CommandFailure } from './failure.ts';
import { openPrompt, type Prompt } from './prompt.ts';
import { readArguments, usage } from './setup/arguments.ts';
import { failureJson, failureText, outcomeJson, outcomeText, planText } from './setup/report.ts';
import { setUp } from './setup/run.ts';

const args = process.argv.slice(2);
const json = args.includes('--json');
const interactive = Boolean(process.stdin.isTTY && process.stdout.isTTY) && !json;

async function main(prompt: Prompt | undefined): Promise<number> {
  const flags = readArguments(args);
  if (flags.help) {
    process.stdout.write(usage);
    return 0;
  }
  const path = flags.file;
  const outcome = await setUp(flags, process.env, prompt, {
    onWait: (seconds) => process.stderr.write(`Auth0 limits requests; waiting ${seconds} s.\n`),
    onPlan: (plan) => json || process.stdout.write(planText(plan)),
  });
  const wants = interactive && outcome.state === 'complete' && !flags.yes;
  // The work is done at this point: Ctrl-C on this question only means not to show the secrets.
  const shown =
    flags['show-secrets'] || (wants && (await prompt?.confirm('Show the secrets here?').catch(() => false)));
  process.stdout.write(json ? outcomeJson(outcome, path) : outcomeText(outcome, path, Boolean(shown)));
  return outcome.state === 'problems' ? 1 : 0;
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
