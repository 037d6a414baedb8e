import type { CommandFailure } from '../failure.ts';
import { styled } from '../terminal.ts';
import type { Change, Finding, Step } from './plan.ts';
import type { Outcome } from './run.ts';

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

/** The heading of a step. */
export function stepTitle(title: string): string {
  return `${styled('bold', title)}\n`;
}

/** The plan of one step as text. */
export function changesText(steps: Step[], findings: Finding[]): string {
  const lines = [...steps.flatMap(stepLines), ...findings.flatMap(findingLines)];
  return `${lines.join('\n')}\n\n`;
}

/** A failure as text. */
export function failureText({ message, fix }: CommandFailure): string {
  return `${message}\n${fix}\n`;
}

/** A failure as JSON. */
export function failureJson({ message, fix }: CommandFailure): string {
  return `${JSON.stringify({ state: 'failed', message, fix }, null, 2)}\n`;
}
