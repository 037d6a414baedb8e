import { envLine } from '../env-file.ts';
import type { CommandFailure } from '../failure.ts';
import { styled } from '../terminal.ts';
import type { Change, Finding, Step } from './plan.ts';
import type { Outcome } from './run.ts';
import type { Settings } from './settings.ts';
import type { Variable } from './variable.ts';

const signs = { create: '+', change: '~', keep: '=' } as const;
const colors = { create: 'green', change: 'yellow', keep: 'dim' } as const;
const words = { create: 'create', change: 'change', keep: 'up to date' } as const;
const levels = {
  problem: { sign: '✗', color: 'red' },
  warning: { sign: '!', color: 'yellow' },
  note: { sign: '·', color: 'dim' },
} as const;

/** The plan as text: what setup creates, changes and keeps, with the reasons, then the findings. */
export function planText({
  settings,
  steps,
  findings,
}: Omit<Outcome, 'state' | 'variables' | 'files'>): string {
  const lines = [
    `Tenant  ${settings.tenant}`,
    `Server  ${settings.serverUrl}/mcp`,
    '',
    styled('bold', 'Plan'),
    ...steps.flatMap(stepLines),
  ];
  if (findings.length) lines.push('', styled('bold', 'Findings'), ...findings.flatMap(findingLines));
  return `${lines.join('\n')}\n\n`;
}

function stepLines({ subject, action, changes }: Step): string[] {
  const head = styled(colors[action], `  ${signs[action]} ${subject}: ${words[action]}`);
  return [head, ...changes.flatMap(changeLines)];
}

function changeLines({ property, from, to, why, loosens }: Change): string[] {
  const value = from === undefined ? to : `${from} → ${to}`;
  const warning = loosens ? ` ${styled('yellow', 'Allows more than before.')}` : '';
  return [`      ${property}: ${value}`, `        ${styled('dim', why)}${warning}`];
}

function findingLines({ level, message, fix }: Finding): string[] {
  const { sign, color } = levels[level];
  return [`  ${styled(color, sign)} ${message}`, ...(fix ? [`    ${styled('dim', fix)}`] : [])];
}

/** The result, the lines for Vercel and the next steps. */
export function outcomeText(outcome: Outcome, path: string, showSecrets: boolean): string {
  const { settings, steps, variables, files, state } = outcome;
  if (state === 'problems') return 'Nothing was changed. Fix the findings marked ✗ and run setup again.\n';
  if (state === 'declined') return 'Nothing was changed.\n';
  if (state === 'planned') return 'Nothing was changed (--dry-run).\n';
  const changed = steps.some(({ action }) => action !== 'keep');
  const done = changed
    ? `Done. The tenant is ready, and ${path} contains the variables.`
    : 'Nothing to do: the tenant is ready.';
  const further = files.map((file) => `${file} contains the credentials of the machine client.`);
  return `${[styled('green', done), ...further, '', ...vercelLines(settings, variables, path, showSecrets)].join('\n')}\n`;
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
    styled('bold', 'For Vercel: Settings > Environment Variables, for Production and Preview'),
    ...variables.map(({ name, value = '', secret }) =>
      secret && !showSecrets ? `${name}=${styled('dim', `<copy from ${path}>`)}` : envLine(name, value),
    ),
    '',
    'You can paste the whole file into the form. The Upstash integration adds the store’s variables.',
    `Then deploy and check: npm run doctor -- ${settings.serverUrl}/mcp`,
  ];
}

/** The outcome as one JSON document. Never contains a secret. */
export function outcomeJson(
  { settings, steps, findings, variables, files, state }: Outcome,
  path: string,
): string {
  const shown = variables.map(({ name, value, secret }) => ({ name, ...(secret ? { secret } : { value }) }));
  const { tenant, serverUrl, identifier } = settings;
  const environments = isLoopback(serverUrl) ? [] : ['production', 'preview'];
  const document = {
    ...{ state, tenant, serverUrl, identifier, steps, findings },
    file: path,
    files,
    vercel: { environments },
    variables: shown,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** A failure as text. */
export function failureText({ message, fix }: CommandFailure): string {
  return `${message}\n${fix}\n`;
}

/** A failure as JSON. */
export function failureJson({ message, fix }: CommandFailure): string {
  return `${JSON.stringify({ state: 'failed', message, fix }, null, 2)}\n`;
}

function isLoopback(url: string): boolean {
  return new URL(url).protocol === 'http:';
}
