import { envLine } from '../env-file.ts';
import { styled } from '../terminal.ts';
import type { Settings } from './settings.ts';
import type { StepState } from './step.ts';
import { type Results, stateOf } from './steps.ts';
import type { Variable } from './variable.ts';

/** The result of the run, what is left to do, and the lines for Vercel if there was no token to set them with. */
export function resultsText(done: Results, showSecrets: boolean): string {
  const { run, results } = done;
  const { file } = run.flags;
  const state = stateOf(done);
  const changed = [...results.values()].some(
    ({ state, steps }) => state === 'complete' && steps.some(({ action }) => action !== 'keep'),
  );
  const lines = [summary(state, changed, file)];
  for (const path of run.auth0?.files ?? [])
    lines.push(`${path} contains the credentials of the machine client.`);
  const pasted = run.auth0?.state === 'complete' && !run.vercel;
  if (pasted && run.auth0) {
    const { settings, variables } = run.auth0;
    lines.push('', ...vercelLines(settings, variables, file, showSecrets));
  }
  if (state === 'complete' && results.get('check')?.state === 'complete')
    lines.push(`Add this URL to your client: ${run.auth0?.settings.serverUrl ?? run.projectUrl}/mcp`);
  return `${lines.join('\n')}\n`;
}

function summary(state: StepState, changed: boolean, file: string): string {
  switch (state) {
    case 'problems':
      return `${changed ? 'Setup stopped.' : 'Nothing was changed.'} Fix the findings marked ✗ and run setup again.`;
    case 'declined':
      return changed ? 'The changes that you declined were not made.' : 'Nothing was changed.';
    case 'planned':
      return 'Nothing was changed (--dry-run).';
    case 'skipped':
      return 'Nothing was changed: every step was skipped.';
    case 'complete':
      return styled(
        'green',
        changed
          ? `Done. The tenant is ready, and ${file} contains the variables.`
          : 'Nothing to do: everything is set up.',
      );
  }
}

function vercelLines(
  settings: Settings,
  variables: Variable[],
  path: string,
  showSecrets: boolean,
): string[] {
  if (isLoopback(settings.serverUrl))
    return [
      `${settings.serverUrl} is this machine. For Vercel, run setup again with --url and the public URL.`,
    ];
  return [
    styled('bold', 'For Vercel: Settings > Environment Variables, for Production, Preview and Development'),
    ...variables.map(({ name, value = '', secret }) =>
      secret && !showSecrets ? `${name}=${styled('dim', `<copy from ${path}>`)}` : envLine(name, value),
    ),
    '',
    'You can paste the whole file into the form. The Upstash integration adds the store’s variables.',
    `Then deploy and check: npm run doctor -- ${settings.serverUrl}/mcp`,
  ];
}

/** The whole run as one JSON document. Never contains a secret. */
export function resultsJson(done: Results): string {
  const { run, results } = done;
  const settings = run.auth0?.settings;
  const all = [...results.values()];
  const document = {
    state: stateOf(done),
    tenant: settings?.tenant,
    serverUrl: settings?.serverUrl ?? run.projectUrl,
    identifier: settings?.identifier,
    steps: all.flatMap(({ steps }) => steps),
    findings: all.flatMap(({ findings }) => findings),
    results: Object.fromEntries(
      [...results].map(([name, { state, reason }]) => [
        name,
        reason === undefined ? { state } : { state, reason },
      ]),
    ),
    file: run.flags.file,
    files: run.auth0?.files,
    vercel: { environments: settings && isLoopback(settings.serverUrl) ? [] : run.flags.environments },
    variables: run.auth0?.variables.map(({ name, value, secret }) => ({
      name,
      ...(secret ? { secret } : { value }),
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function isLoopback(url: string): boolean {
  return new URL(url).protocol === 'http:';
}
