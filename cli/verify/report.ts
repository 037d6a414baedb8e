import type { Finding } from '../doctor/finding.ts';
import { codeSpan, markdownReport } from '../doctor/markdown-report.ts';
import { printable } from '../printable.ts';
import { agrees, difference, type Observation } from './observation.ts';
import type { Verdict } from './promise.ts';

export type Verification = {
  url: string;
  at: Date;
  versions: [name: string, version: string][];
  verdicts: Verdict[];
  observations: Observation[];
  /** The doctor's findings, by URL. */
  examinations: { url: string; findings: Finding[] }[];
  /** Values that must not be shown. */
  secrets: Iterable<string>;
};

/** Longer than any list of names that the stand-ins have. */
const longestCell = 2000;

const icons = { kept: '✅', broken: '❌', 'not tried': '➖' } as const satisfies Record<
  Verdict['result'],
  string
>;

/** The report as Markdown. Words from a server only appear in code spans, with secrets masked. */
export function verificationReport(verification: Verification): string {
  const { url, at, versions, verdicts, observations, examinations, secrets } = verification;
  const cell = (text: string) =>
    codeSpan(printable(text, secrets, longestCell)).replaceAll('|', String.raw`\|`);
  const observed = observations.filter((each) => each.seen !== undefined);
  const different = observed.filter((each) => !agrees(each));
  const lines = [
    `# Verification of ${cell(url)}`,
    '',
    `${at.toISOString().slice(0, 16)}Z. ${summary(verification)}`,
    '',
    'This report names the hosts of the deployment and of the tenant. It contains no secrets, tokens or codes.',
    '',
    '## Versions',
    '',
    ...versions.map(([name, version]) => `- ${name}: ${cell(version)}`),
    '',
    '## Promises',
    '',
    '| | promise | seen |',
    '|---|---|---|',
    ...verdicts.map(
      ({ result, promise, seen }) =>
        `| ${icons[result]} ${result} | ${escapedUrl(promise)} | ${cell(seen)} |`,
    ),
    '',
    '## What differs from the local stand-ins',
    '',
    ...(different.length
      ? [
          '| platform | looked at | expected | observed |',
          '|---|---|---|---|',
          ...different.map(
            (each) =>
              `| ${each.platform} | ${each.subject} | ${cell(each.expected)} | ${cell(difference(each))} |`,
          ),
        ]
      : ['Nothing.']),
    '',
    '<details>',
    `<summary>What agrees, or was not seen: ${observations.length - different.length}</summary>`,
    '',
    ...observations
      .filter((each) => !different.includes(each))
      .map(
        ({ platform, subject, seen }) =>
          `- ${platform}, ${subject}: ${seen === undefined ? 'not seen' : cell(seen)}`,
      ),
    '',
    '</details>',
    '',
    '## What the doctor found',
    '',
    ...examinations.map(({ url: each, findings }) => markdownReport(each, findings)),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

/** How many promises were kept, broken and not tried, and how many differences there are. */
export function summary({ verdicts, observations }: Pick<Verification, 'verdicts' | 'observations'>): string {
  const count = (wanted: Verdict['result']) => verdicts.filter(({ result }) => result === wanted).length;
  const different = observations.filter((each) => each.seen !== undefined && !agrees(each)).length;
  return `Promises: ${count('kept')} kept, ${count('broken')} broken, ${count('not tried')} not tried. Differences from the local stand-ins: ${different}.`;
}

/** URLs in our own words are set as code, so that no page makes links of them. */
function escapedUrl(text: string): string {
  return text.replace(/https?:\/\/\S+/g, (url) => codeSpan(url).replaceAll('|', String.raw`\|`));
}
