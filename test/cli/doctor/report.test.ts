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

test('on a terminal the check under way is shown and wiped away', () => {
  expect(report(true, [ok])).toContain(`${check.title}\r\x1b[2K`);
});

test('elsewhere no progress and no control characters are written', () => {
  expect(report(false, [ok])).not.toMatch(/(?!\n)\p{Cc}|…/u);
});

test('what was skipped for the same reason shares a line', () => {
  expect(report(false, [skipped('a'), ok, skipped('b')])).toContain(
    'skipped  a, b                    no reason\n',
  );
});
