import { expect, test } from 'vitest';
import type { Check } from '../../../cli/doctor/check.ts';
import type { Finding } from '../../../cli/doctor/finding.ts';
import { tableReport } from '../../../cli/doctor/report.ts';

const check: Check = { id: 'dns', phase: 'Reach', title: 'It resolves', run: async () => ({ detail: '' }) };

function report(isTTY: boolean, findings: Finding[]): string {
  let written = '';
  const table = tableReport({ isTTY, write: (text) => (written += text) });
  for (const finding of findings) {
    table.onCheck(check);
    table.onFinding(finding, check);
  }
  table.onEnd(findings);
  return written;
}

const ok: Finding = { id: 'dns', check: 'dns', level: 'ok', title: 'It resolves', detail: 'to something' };
const skipped = (id: string): Finding => ({
  id,
  check: id,
  level: 'skipped',
  title: '',
  detail: 'no reason',
});

test('on a terminal, the check in progress is shown and then cleared', () => {
  expect(report(true, [ok])).toContain(`${check.title}\r\x1b[2K`);
});

test('elsewhere, there is no progress line and there are no control characters', () => {
  expect(report(false, [ok])).not.toMatch(/(?!\n)\p{Cc}|…/u);
});

test('checks that were skipped for the same reason share a line', () => {
  expect(report(false, [skipped('a'), ok, skipped('b')])).toContain(
    'skipped  a, b                    no reason\n',
  );
});
