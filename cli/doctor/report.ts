import { styled } from '../terminal.ts';
import type { Check } from './check.ts';
import type { Finding, Level } from './finding.ts';
import { userAgent } from './probe.ts';

const styles = { ok: 'green', warning: 'yellow', failure: 'red', skipped: 'dim' } as const satisfies Record<
  Level,
  string
>;

/** Prints findings; the functions are those of a `Watcher`. */
export type TableReport = ReturnType<typeof tableReport>;

/**
 * Prints findings as they arrive, in a table by phase. Checks that were skipped for the same reason share a line at the
 * end of their phase. On a terminal, the last line shows the check in progress.
 */
export function tableReport(out: { isTTY?: boolean; write(text: string): unknown }) {
  let phase: string | undefined;
  let skipped: Finding[] = [];
  const clearProgress = () => out.isTTY && out.write('\r\x1b[2K');
  const flushSkipped = () => {
    const reasons = Map.groupBy(skipped, ({ detail }) => detail);
    for (const [reason, findings] of reasons) {
      const ids = findings.map(({ id }) => id).join(', ');
      out.write(`  ${styled('dim', `skipped  ${ids.padEnd(22)}  ${reason}`)}\n`);
    }
    skipped = [];
  };
  return {
    onCheck(check: Check): void {
      if (out.isTTY) out.write(styled('dim', `  …        ${check.title}`));
    },
    onFinding(finding: Finding, check: Check): void {
      clearProgress();
      if (check.phase !== phase) {
        flushSkipped();
        out.write(`${phase === undefined ? '' : '\n'}${styled('bold', check.phase)}\n`);
        phase = check.phase;
      }
      if (finding.level === 'skipped') skipped.push(finding);
      else out.write(rows(finding));
    },
    /** Shows a message to the person between findings. */
    say(text: string): void {
      clearProgress();
      out.write(text);
    },
    onEnd(findings: Finding[]): void {
      clearProgress();
      flushSkipped();
      out.write(`\n${summary(findings)}\n`);
    },
  };
}

const indent = ' '.repeat(11);

function rows({ id, level, title, detail, fix }: Finding): string {
  const word = styled(styles[level], level.padEnd(7));
  if (fix === undefined) return `  ${word}  ${id.padEnd(22)}  ${detail || title}\n`;
  return [
    `  ${word}  ${styled('bold', id)}  ${title}`,
    `${indent}${detail}`,
    `${indent}Fix: ${fix}`,
    '',
  ].join('\n');
}

/** The result in one or two sentences. */
export function summary(findings: Finding[]): string {
  const count = (level: Level, word: string) => {
    const found = findings.filter((finding) => finding.level === level).length;
    return found ? [`${found} ${word}${found > 1 ? 's' : ''}`] : [];
  };
  const wrong = [...count('failure', 'failure'), ...count('warning', 'warning')];
  if (wrong.length) return `${wrong.join(', ')}. docs/troubleshooting.md explains each finding.`;
  const signedIn = findings.some(({ id, level }) => id === 'sign-in' && level === 'ok');
  return signedIn ? 'No problems found.' : 'No problems found without signing in (--sign-in).';
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
