import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { ensureCommand } from '../support/debian-package.ts';
import { effort } from '../support/effort.ts';
import { readOptions } from './options.ts';

const script = fileURLToPath(new URL('./soak.ts', import.meta.url));

beforeAll(() => ensureCommand('redis-server', 'redis-server'));

function soak(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), output: stdout + stderr });
    });
  });
}

const minutes = effort(0.15, 1);

test.concurrent(
  'clients, lost streams and killed instances: every threshold holds',
  async () => {
    const { code, output } = await soak(
      ...['--minutes', String(minutes), '--clients', '3', '--kill-seconds', String(effort(4, 15))],
      ...['--max-p99-ms', '10000', '--max-error-rate', '0.01'],
    );
    expect(output).toContain('All thresholds hold.');
    expect(output).toMatch(
      /^\d+ s {2}\d+ operations {2}\d+ failed .* memory \d+\/\d+ MB {2}handles \d+\/\d+ {2}\d+ keys$/m,
    );
    expect(code).toBe(0);
  },
  minutes * 60_000 + 90_000,
);

test.concurrent('a broken threshold is named, and the exit code is 1', async () => {
  const { code, output } = await soak(
    ...['--minutes', '0.02', '--clients', '1', '--store', 'memory', '--max-p99-ms', '0'],
  );
  expect(output).toMatch(/Broken: 99th percentile \d+ ms/);
  expect(code).toBe(1);
});

test('what is refused is said on one line, and the exit code is 2', async () => {
  const { code, output } = await soak('--store', 'disk');
  expect([code, output]).toEqual([2, '--store must be redis or memory\n']);
});

test.each([
  [['--hours', '1'], /^Unknown option '--hours'\. See npm run soak -- --help$/],
  [['--minutes', 'x'], /^minutes must be a number$/],
  [['--store', 'disk'], /^--store must be redis or memory$/],
])('%j is refused', (args, refusal) => {
  expect(readOptions(args)).toEqual({ refusal: expect.stringMatching(refusal) });
});
