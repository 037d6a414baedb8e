/** `npm run admin -- <command>`: what operators need when something goes wrong. */
import { type Arguments, type CommandName, readArguments, usage } from './admin/arguments.ts';
import { audit } from './admin/audit.ts';
import { block, unblock } from './admin/block.ts';
import { clients } from './admin/clients.ts';
import type { Admin, Command, Plan, Report } from './admin/command.ts';
import { connections } from './admin/connections.ts';
import { readDeployment, requireSameSecret } from './admin/deployment.ts';
import { forget } from './admin/forget.ts';
import { failureOf, failureText, planText, reportText } from './admin/report.ts';
import { rotateSecrets } from './admin/rotate-secrets.ts';
import { signOut } from './admin/sign-out.ts';
import { openTenant } from './admin/tenant.ts';
import { CommandFailure } from './failure.ts';
import { openPrompt } from './prompt.ts';
import { UsageError } from './usage-error.ts';

const commands: Record<CommandName, Command> = {
  ...{ clients, block, unblock, connections, forget, audit },
  'sign-out': signOut,
  'rotate-secrets': rotateSecrets,
};

const json = process.argv.includes('--json');

async function main(): Promise<number> {
  const flags = readArguments(process.argv.slice(2));
  if (!flags) {
    process.stdout.write(usage);
    return 0;
  }
  const admin = await openAdmin(flags);
  await requireSameSecret(admin.deployment);
  const outcome = await commands[flags.command](admin);
  const report = 'perform' in outcome ? await carryOut(outcome, flags) : outcome;
  if (!report) return flags['dry-run'] ? 0 : 1;
  process.stdout.write(reportText(report, json));
  return report.incomplete?.length ? 1 : 0;
}

/** Does what is planned, if it is confirmed; undefined if nothing was done. */
async function carryOut(plan: Plan, flags: Arguments): Promise<Report | undefined> {
  if (flags['dry-run'] || !json) process.stdout.write(planText(plan, json));
  if (flags['dry-run']) return undefined;
  if (flags.yes || (await isConfirmed(plan))) return plan.perform();
  process.stdout.write('Nothing was changed.\n');
  return undefined;
}

async function openAdmin(flags: Arguments): Promise<Admin> {
  const deployment = await readDeployment(flags.file ?? '.env.local', process.env);
  // What lib/ logs would mix with the output. It reads the level together with the rest of the configuration.
  for (const [name, value] of Object.entries(deployment.variables))
    if (value !== undefined) process.env[name] = value;
  process.env.LOG_LEVEL = 'silent';
  const say = (text: string) => void process.stderr.write(text);
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

async function isConfirmed({ question }: Plan): Promise<boolean> {
  if (process.stdin.isTTY && process.stdout.isTTY && !json)
    return openPrompt(process.stdin, process.stdout).confirm(question);
  throw new CommandFailure(
    'This needs your confirmation, and there is no terminal to ask at.',
    'Add --yes to do it, or --dry-run to only see it.',
  );
}

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message} See npm run admin -- --help\n`);
    process.exitCode = 2;
  } else {
    const failure = failureOf(error);
    if (!failure) throw error;
    (json ? process.stdout : process.stderr).write(failureText(failure, json));
    process.exitCode = 1;
  }
}
