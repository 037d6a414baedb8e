import type { Finding } from './finding.ts';
import { summary } from './report.ts';

const icons = { failure: '❌', warning: '⚠️', ok: '✅', skipped: '➖' } as const;

/**
 * The whole report as Markdown, for a pull request comment. Words from a server only appear in code spans, where they
 * cannot add links, images or mentions.
 */
export function markdownReport(url: string, findings: Finding[]): string {
  const wrong = findings.filter(({ fix }) => fix !== undefined);
  const others = findings.filter(({ fix }) => fix === undefined);
  const lines = [
    '### MCP doctor',
    '',
    `${codeSpan(new URL(url).href)}: ${summary(findings)}`,
    '',
    ...wrong.flatMap(problemLines),
    '<details>',
    `<summary>Other checks: ${others.length}</summary>`,
    '',
    ...others.map(({ id, level, detail, title }) => `- ${icons[level]} ${id}: ${codeSpan(detail || title)}`),
    '',
    '</details>',
  ];
  return `${lines.join('\n')}\n`;
}

function problemLines({ id, level, title, detail, fix = '' }: Finding): string[] {
  return [
    `- ${icons[level]} **${id}**: ${escaped(title)}`,
    ...(detail ? [`  - Seen: ${codeSpan(detail)}`] : []),
    `  - Fix: ${escaped(fix)}`,
    '',
  ];
}

/** A code span that its content cannot close: its fence is longer than any run of backticks inside (CommonMark 6.1). */
export function codeSpan(text: string): string {
  const runs = text.match(/`+/g) ?? [];
  const fence = '`'.repeat(Math.max(0, ...runs.map((run) => run.length)) + 1);
  const pad = /^`|`$/.test(text) ? ' ' : '';
  return `${fence}${pad}${text}${pad}${fence}`;
}

function escaped(text: string): string {
  return text.replace(/[\\`*_[\]<>#|~]/g, String.raw`\$&`);
}
