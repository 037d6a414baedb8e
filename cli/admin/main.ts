import { type CommandProcess, hasTerminal } from '../command-process.ts';
import { CommandFailure } from '../failure.ts';
import { openPrompt } from '../prompt.ts';
import { withUsage } from '../usage-error.ts';
import { type Arguments, type CommandName, readArguments, usage } from './arguments.ts';
import { audit } from './audit.ts';
import { block, unblock } from './block.ts';
import { clients } from './clients.ts';
import type { Admin, Command, Plan, Report } from './command.ts';
import { connections } from './connections.ts';
import { readDeployment, requireSameSecret } from './deployment.ts';
import { forget } from './forget.ts';
import { failureOf, failureText, planText, reportText } from './report.ts';
import { rotateSecrets } from './rotate-secrets.ts';
import { signOut } from './sign-out.ts';
import { openTenant } from './tenant.ts';

const commands: Record<CommandName, Command> = {
  ...{ clients, block, unblock, connections, forget, audit },
  'sign-out': signOut,
  'rotate-secrets': rotateSecrets,
};

/** Runs one of the commands and returns the exit code: 0, 1 if it failed or something is left to do, 2 for wrong usage. */
export async function main(args: string[], process: CommandProcess): Promise<number> {
  const json = args.includes('--json');
  try {
    return await withUsage('admin', process, () => runAndReport(args, process));
  } catch (error) {
    const failure = failureOf(error);
    if (!failure) throw error;
    (json ? process.stdout : process.stderr).write(failureText(failure, json));
    return 1;
  }
}

async function runAndReport(args: string[], process: CommandProcess): Promise<number> {
  const flags = readArguments(args);
  if (!flags) {
    process.stdout.write(usage);
    return 0;
  }
  const admin = await openAdmin(flags, process);
  await requireSameSecret(admin.deployment);
  const outcome = await commands[flags.command](admin);
  const report = 'perform' in outcome ? await carryOut(outcome, flags, process) : outcome;
  if (!report) return flags['dry-run'] ? 0 : 1;
  process.stdout.write(reportText(report, flags.json));
  return report.incomplete?.length ? 1 : 0;
}

/** Does what is planned, if it is confirmed; undefined if nothing was done. */
async function carryOut(plan: Plan, flags: Arguments, process: CommandProcess): Promise<Report | undefined> {
  if (flags['dry-run'] || !flags.json) process.stdout.write(planText(plan, flags.json));
  if (flags['dry-run']) return undefined;
  if (flags.yes || (await isConfirmed(plan, flags, process))) return plan.perform();
  process.stdout.write('Nothing was changed.\n');
  return undefined;
}

async function openAdmin(flags: Arguments, { env, stderr }: CommandProcess): Promise<Admin> {
  const deployment = await readDeployment(flags.file ?? '.env.local', env);
  // What lib/ logs would mix with the output. It reads the level together with the rest of the configuration.
  for (const [name, value] of Object.entries(deployment.variables))
    if (value !== undefined) env[name] = value;
  env.LOG_LEVEL = 'silent';
  const say = (text: string) => void stderr.write(text);
  let tenant: ReturnType<Admin['tenant']> | undefined;
  return {
    ...{ config: deployment.config, deployment, flags, say },
    tenant: () => {
      tenant ??= openTenant(deployment, flags.token, (seconds) =>
        say(`Auth0 limits requests; waiting ${seconds} s.\n`),
      );
      return tenant;
    },
  };
}

async function isConfirmed(
  { question }: Plan,
  { json }: Arguments,
  process: CommandProcess,
): Promise<boolean> {
  if (hasTerminal(process) && !json) return openPrompt(process.stdin, process.stdout).confirm(question);
  throw new CommandFailure(
    'This needs your confirmation, and there is no terminal to ask at.',
    'Add --yes to do it, or --dry-run to only see it.',
  );
}
