import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { healthyRoutes } from '../doctor/fake-mcp.ts';
import { startFakeServer } from '../doctor/fake-server.ts';
import { runCommand } from '../run-command.ts';

const url = 'https://mcp.example.com/mcp';

async function temporaryFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'verify-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'report.md');
}

describe('npm run verify', () => {
  test('--help lists the options', async () => {
    const { code, stdout, stderr } = await runCommand('verify', ['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('--preview <url>');
  });

  test.for([
    [[], 'Give one URL.'],
    [[url, url], 'Give one URL.'],
    [['mcp.example.com'], 'This is not a URL.'],
    [[url, '--preview', 'preview'], 'This is not a URL.'],
    [[url, '--origin', 'https://user:pass@example.com'], 'must not contain a user name or password'],
    [[url, '--sign-in-timeout', '0'], '--sign-in-timeout takes seconds'],
    [[url, '--bypass-protection'], '--bypass-protection needs VERCEL_AUTOMATION_BYPASS_SECRET.'],
    [[url, '--file', '/does/not/exist'], '/does/not/exist cannot be read.'],
    [[url, '--output', '/does/not/exist/report.md'], '/does/not/exist/report.md cannot be written.'],
    [[url, '--sign-in'], "Unknown option '--sign-in'."],
  ] as const)('%j is wrong usage', async ([args, problem]) => {
    const { code, stdout, stderr } = await runCommand('verify', [...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(problem);
    expect(stderr).toMatch(/See npm run verify -- --help\n$/);
  });

  test('writes a report about a server that does not answer, and exits with 1', async () => {
    const output = await temporaryFile();
    const { code, stdout } = await runCommand('verify', [
      'http://127.0.0.1:9/mcp',
      '--no-open',
      '--output',
      output,
    ]);
    expect(code).toBe(1);
    expect(stdout).toContain(`The report is in ${output}.`);
    const report = await readFile(output, 'utf8');
    expect(report).toMatch(/^\| ❌ broken \| Clients discover how to sign in \| `unreachable: /m);
    expect(report).toMatch(/^\| ➖ not tried \| Users sign in and the client gets tokens \| /m);
  });

  test('tells a server of another kind apart: what it does not have is broken or not tried', async () => {
    const server = await startFakeServer(healthyRoutes);
    onTestFinished(server.close);
    const output = await temporaryFile();
    const env = await temporaryFile();
    const secret = 'cron-secret-that-nobody-may-see';
    await writeFile(env, `CRON_SECRET=${secret}\n`);
    const args = [server.mcpUrl, '--no-open', '--sign-in-timeout', '1', '--file', env, '--output', output];
    const { code, stdout, stderr } = await runCommand('verify', args);
    const report = await readFile(output, 'utf8');
    expect(code).toBe(1);
    expect(report).toMatch(
      /^\| ❌ broken \| Users sign in .* \| `sign-in-timeout: No response within 1 s\.`/m,
    );
    expect(report).toMatch(/^\| ❌ broken \| The prune job runs, as a dry run \| `.*answered 404/m);
    expect(report).toMatch(/^\| Vercel \| `server` header \| `Vercel` \| /m);
    expect(report + stdout + stderr).not.toContain(secret);
  });
});
