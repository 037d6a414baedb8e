import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { onTestFinished } from 'vitest';
import { readArguments } from '../../../cli/setup/arguments.ts';
import { type Outcome, setUp } from '../../../cli/setup/run.ts';
import type { Tenant, TenantOptions } from '../../../dev/auth0/tenant.ts';
import { newTenant } from '../../dev/auth0/fixture.ts';
import type { OnEnd } from '../../support/on-end.ts';
import { runCommand, runProcess } from '../run-command.ts';

export { manage, managementToken } from '../../dev/auth0/fixture.ts';

export const serverUrl = 'https://mcp.example.com';
export const bootstrap = { id: 'ManagementClient0000000000000000', secret: 'management-secret' };

/** A new account's tenant, and an empty folder to run setup in. */
export async function newAccount(options: Partial<TenantOptions> = {}, onEnd: OnEnd = onTestFinished) {
  const tenant = await newTenant({ seed: 'empty', ...options });
  const folder = await mkdtemp(join(tmpdir(), 'setup-'));
  onEnd(async () => {
    await tenant.close();
    await rm(folder, { recursive: true });
  });
  return { tenant, folder, envFile: join(folder, '.env.local') };
}

type Account = Awaited<ReturnType<typeof newAccount>>;

export function flagsFor({ tenant, envFile }: Account): string[] {
  return [
    ...['--tenant', tenant.origin, '--url', serverUrl, '--file', envFile],
    ...['--client-id', bootstrap.id, '--client-secret', bootstrap.secret],
  ];
}

/** Runs setup in this process and confirms everything. */
export function setUpAccount(account: Account, ...flags: string[]): Promise<Outcome> {
  const silent = { onWait: () => {}, onPlan: () => {} };
  return setUp(readArguments([...flagsFor(account), '--yes', ...flags]), {}, undefined, silent);
}

/** Runs `npm run setup` in a folder. `--file` must be an absolute path. */
export const runSetup = (cwd: string, args: string[], env?: Record<string, string>) =>
  runCommand('setup', args, env, cwd);

/** Runs it as a process of its own. */
export const runSetupProcess = (cwd: string, args: string[], env?: Record<string, string>) =>
  runProcess('setup', args, env, cwd);

export async function readVariables(path: string): Promise<Record<string, string | undefined>> {
  return parseEnv(await readFile(path, 'utf8'));
}

/** The tenant's requests that change something. */
export function writes(tenant: Tenant): string[] {
  return tenant.requests
    .filter(({ method, path }) => path.startsWith('/api/v2/') && method !== 'GET')
    .map(({ method, path }) => `${method} ${path}`);
}
