import { dirname, join } from 'node:path';
import { decodeJwt } from 'jose';
import { parseEnvText, readEnvText, requireWritable, withVariables, writeEnvText } from '../env-file.ts';
import { CommandFailure } from '../failure.ts';
import { type Management, openManagement } from '../management/management.ts';
import { exchange, obtainToken } from '../management/management-token.ts';
import type { Prompt } from '../prompt.ts';
import { agreed } from './agreed.ts';
import { applyApi } from './api.ts';
import { applyApplication } from './application.ts';
import type { Arguments } from './arguments.ts';
import { applyClientGrant } from './client-grant.ts';
import { checkEnvText, openToGit } from './env-check.ts';
import type { Extra } from './extra.ts';
import { scopesFor } from './organizations.ts';
import type { Finding, Step } from './plan.ts';
import { gatherSettings, type Settings } from './settings.ts';
import { checkTenantAnswers, planTenant, type TenantPlan } from './tenant.ts';
import type { Variable } from './variable.ts';
import { planVariables, serverVariables } from './variables.ts';

/** The findings and changes of a run. */
export type Outcome = {
  settings: Settings;
  steps: Step[];
  findings: Finding[];
  variables: Variable[];
  /** Further files that were written, such as a machine client's credentials. */
  files: string[];
  /** Nothing was changed unless the state is `complete`. */
  state: 'complete' | 'planned' | 'problems' | 'declined';
};

/** Receives progress while setup runs. */
export type Progress = {
  onWait(seconds: number): void;
  /** Receives the plan before setup asks or changes anything. */
  onPlan(outcome: Omit<Outcome, 'state' | 'variables' | 'files'>): void;
};

/**
 * Runs setup: read, plan, ask, change, write, verify. Throws `CommandFailure`.
 *
 * @param features whose permissions the API gets; default: those of `lib/tools/index.ts`.
 */
export async function setUp(
  flags: Arguments,
  env: Record<string, string | undefined>,
  prompt: Prompt | undefined,
  progress: Progress,
  features?: readonly unknown[],
): Promise<Outcome> {
  const path = flags.file;
  const text = await readEnvText(path);
  const present = parseEnvText(text);
  const settings = await gatherSettings(flags, env, present, prompt, features);
  const { tenant, managementAudience, identifier } = settings;
  await checkTenantAnswers(tenant);
  const { token, scopes } = await obtainToken(tenant, managementAudience, settings.credentials);
  const management = openManagement(tenant, token, progress.onWait);
  const plan = await planTenant(management, scopes, settings);

  const { existing, clientSecret } = plan.application;
  const variables = serverVariables(
    settings,
    { clientId: existing?.client_id, clientSecret },
    {
      // A fresh clone, such as in CI, has no file. New secrets there would sign everybody out.
      SEALING_SECRET: env.SEALING_SECRET,
      CRON_SECRET: env.CRON_SECRET,
      ...present,
    },
  );
  const file = planVariables(path, variables, present, text !== '');
  const extraSteps = plan.extras.map(({ step }) => step);
  const steps = [plan.api.step, plan.application.step, plan.clientGrant.step, ...extraSteps, file];
  const pending = { clientId: 'not-created-yet', clientSecret: 'not-created-yet' };
  const expected = variables.map((variable) => (variable.value ? variable : fillIn(variable, pending)));
  const findings = [
    ...plan.findings,
    ...checkEnvText(path, withVariables(text, valuesOf(expected))),
    ...(await openToGit(path)),
  ];
  progress.onPlan({ settings, steps, findings });

  const outcome = { settings, steps, findings, variables, files: [] };
  if (findings.some(({ level }) => level === 'problem')) return { ...outcome, state: 'problems' };
  if (flags['dry-run']) return { ...outcome, state: 'planned' };
  const changes = steps.some(({ action }) => action !== 'keep');
  if (changes && !(await agreed(flags, prompt))) return { ...outcome, state: 'declined' };

  await requireWritable(path);
  await applyApi(management, identifier, plan.api);
  const credentials = await applyApplication(management, plan.application);
  const complete = variables.map((variable) => fillIn(variable, credentials));
  // Before the grant, so that the new application's secret is not lost if the grant fails.
  if (file.action !== 'keep') await writeEnvText(path, withVariables(text, valuesOf(complete)));
  await applyClientGrant(management, plan.clientGrant, credentials.clientId, managementAudience);
  const extra = await applyExtras(management, plan.extras, flags);
  await verify(settings, credentials, plan);
  return { ...outcome, variables: [...complete, ...extra.variables], files: extra.files, state: 'complete' };
}

/** Makes what flags asked for in addition, and writes what comes of it into the server's file or one of its own. */
async function applyExtras(
  management: Management,
  extras: Extra[],
  { file }: Arguments,
): Promise<{ variables: Variable[]; files: string[] }> {
  const variables: Variable[] = [];
  const files: string[] = [];
  for (const extra of extras) {
    const applied = await extra.apply(management);
    if (applied.variables) {
      variables.push(...applied.variables);
      await writeEnvText(file, withVariables(await readEnvText(file), valuesOf(applied.variables)));
    }
    if (applied.file) {
      const path = join(dirname(file), applied.file.path);
      await writeEnvText(path, withVariables(await readEnvText(path), applied.file.variables));
      files.push(path);
    }
  }
  return { variables, files };
}

function fillIn(variable: Variable, { clientId, clientSecret }: { clientId: string; clientSecret: string }) {
  if (variable.name === 'AUTH0_CLIENT_ID') return { ...variable, value: clientId };
  return variable.name === 'AUTH0_CLIENT_SECRET' ? { ...variable, value: clientSecret } : variable;
}

function valuesOf(variables: Variable[]): Map<string, string> {
  return new Map(variables.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])));
}

/** Gets a token as the server will, and checks that it has the scopes that the server needs. */
async function verify(
  { tenant, managementAudience, organizations }: Settings,
  credentials: { clientId: string; clientSecret: string },
  { clientGrant }: TenantPlan,
): Promise<void> {
  const result = await exchange(tenant, managementAudience, credentials);
  const granted =
    'token' in result ? (decodeJwt<{ scope?: string }>(result.token).scope ?? '').split(' ') : [];
  const missing = scopesFor(organizations).filter((scope) => !granted.includes(scope));
  if ('token' in result && (missing.length === 0 || clientGrant.existing?.allow_all_scopes)) return;
  throw new CommandFailure(
    'refused' in result
      ? `Setup made all changes, but the tenant refuses the application: ${result.description.slice(0, 200)}`
      : `Setup made all changes, but the application’s token lacks ${missing.join(', ')}.`,
    'Auth0 may need a moment. Run setup again in a minute.',
  );
}
