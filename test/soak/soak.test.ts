import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { ensureCommand } from '../support/debian-package.ts';

const script = fileURLToPath(new URL('./soak.ts', import.meta.url));

beforeAll(() => ensureCommand('redis-server', 'redis-server'));

function soak(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), output: stdout + stderr });
    });
  });
}

test.concurrent('a minute of clients, lost streams and killed instances stays within every threshold', async () => {
  const { code, output } = await soak(
    '--minutes',
    '1',
    '--clients',
    '3',
    '--max-p99-ms',
    '10000',
    '--max-error-rate',
    '0.01',
  );
  expect(output).toContain('All thresholds hold.');
  expect(output).toMatch(
    /^\d+ s {2}\d+ operations {2}\d+ failed .* memory \d+\/\d+ MB {2}handles \d+\/\d+ {2}\d+ keys$/m,
  );
  expect(code).toBe(0);
}, 150_000);

test.concurrent('a broken threshold is named, and the exit code is 1', async () => {
  const { code, output } = await soak(
    '--minutes',
    '0.1',
    '--clients',
    '1',
    '--store',
    'memory',
    '--max-p99-ms',
    '0',
  );
  expect(output).toMatch(/Broken: 99th percentile \d+ ms/);
  expect(code).toBe(1);
}, 60_000);

test.concurrent.each([
  ['--hours', '1'],
  ['--minutes', 'x'],
  ['--store', 'disk'],
])('%s %s is refused', async (...args) => {
  expect((await soak(...args)).code).toBe(2);
});
