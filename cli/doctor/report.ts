import { styled } from '../terminal.ts';
import type { Check } from './check.ts';
import type { Finding, Level } from './finding.ts';
import { userAgent } from './probe.ts';

const styles = { ok: 'green', warning: 'yellow', failure: 'red', skipped: 'dim' } as const satisfies Record<
  Level,
  string
>;

/** Prints findings as they come, in a table by phase; on a terminal with a line for the check under way. */
export function tableReport(out: NodeJS.WriteStream) {
  let phase: string | undefined;
  const clearProgress = () => out.isTTY && out.write('\r\x1b[2K');
  return {
    onCheck(check: Check): void {
      if (out.isTTY) out.write(styled('dim', `  …        ${check.title}`));
    },
    onFinding(finding: Finding, check: Check): void {
      clearProgress();
      if (check.phase !== phase)
        out.write(`${phase === undefined ? '' : '\n'}${styled('bold', check.phase)}\n`);
      phase = check.phase;
      out.write(rows(finding));
    },
    /** Shows something for the person in between. */
    say(text: string): void {
      clearProgress();
      out.write(text);
    },
    onEnd(findings: Finding[]): void {
      clearProgress();
      out.write(`\n${summary(findings)}\n`);
    },
  };
}

const indent = ' '.repeat(11);

function rows({ id, level, title, detail, mend }: Finding): string {
  const word = styled(styles[level], level.padEnd(7));
  if (mend === undefined)
    return `  ${word}  ${id.padEnd(22)}  ${level === 'skipped' ? styled('dim', detail) : detail || title}\n`;
  return [
    `  ${word}  ${styled('bold', id)}  ${title}`,
    `${indent}${detail}`,
    `${indent}Mend: ${mend}`,
    '',
  ].join('\n');
}

function summary(findings: Finding[]): string {
  const count = (level: Level, word: string) => {
    const found = findings.filter((finding) => finding.level === level).length;
    return found ? [`${found} ${word}${found > 1 ? 's' : ''}`] : [];
  };
  const wrong = [...count('failure', 'failure'), ...count('warning', 'warning')];
  if (wrong.length) return `${wrong.join(', ')}. docs/troubleshooting.md explains each by its name.`;
  return 'Nothing is wrong.';
}

/** The whole report as one JSON document. */
export function jsonReport(url: string, findings: Finding[]): string {
  return `${JSON.stringify({ url, doctor: userAgent, result: worst(findings), findings }, null, 2)}\n`;
}

/** The worst level found. */
export function worst(findings: Finding[]): 'ok' | 'warning' | 'failure' {
  const has = (level: Level) => findings.some((finding) => finding.level === level);
  return has('failure') ? 'failure' : has('warning') ? 'warning' : 'ok';
}
