import { expect, test } from 'vitest';
import type { Finding } from '../../../cli/doctor/finding.ts';
import { markdownReport } from '../../../cli/doctor/markdown-report.ts';

const finding = (detail: string): Finding => ({
  id: 'registration-refused',
  check: 'registration',
  level: 'failure',
  title: 'The server refuses the registration',
  detail,
  fix: 'Set client_id_metadata_document_supported to true.',
});
const report = (detail: string) => markdownReport('https://mcp.example.com/mcp', [finding(detail)]);

test('a failure has its id, title, detail and fix, with underscores that stay literal', () => {
  expect(report('The server answered 400.')).toContain(
    [
      '- ❌ **registration-refused**: The server refuses the registration',
      '  - Seen: `The server answered 400.`',
      String.raw`  - Fix: Set client\_id\_metadata\_document\_supported to true.`,
    ].join('\n'),
  );
});

test('checks without problems are folded away', () => {
  const ok: Finding = { id: 'dns', check: 'dns', level: 'ok', title: 'It resolves', detail: 'to 192.0.2.1' };
  expect(markdownReport('https://mcp.example.com/mcp', [ok])).toMatch(
    /No problems found without signing in[\s\S]*<details>\n<summary>Other checks: 1<\/summary>\n\n- ✅ dns: `to 192\.0\.2\.1`/,
  );
});

test.for([
  '@everyone <img src=x> [link](https://evil.example)',
  'closes `here` and ``there``',
  '`starts and ends`',
  '```',
])('words of a server stay inside one code span: %s', (detail) => {
  const line =
    report(detail)
      .split('\n')
      .find((each) => each.startsWith('  - Seen: ')) ?? '';
  const [, fence = '', inner = ''] = /^ {2}- Seen: (`+)(.*?[^`])?\1$/.exec(line) ?? [];
  expect(fence).not.toBe('');
  expect(inner.trim()).toBe(detail);
  // Nothing inside is a run of backticks as long as the fence, which is what would end the span.
  expect(inner.match(/`+/g) ?? []).not.toContain(fence);
});

test('a URL with a line break cannot begin a new line', () => {
  expect(markdownReport('https://mcp.example.com/\n# Hello', []).split('\n')).not.toContain('# Hello');
});
