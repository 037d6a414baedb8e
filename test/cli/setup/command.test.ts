import { execFileSync } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import {
  bootstrap,
  flagsFor,
  newAccount,
  readVariables,
  runSetup,
  runSetupProcess,
  serverUrl,
  writes,
} from './fixture.ts';

const secretNames = ['AUTH0_CLIENT_SECRET', 'SEALING_SECRET', 'CRON_SECRET'];

describe('npm run setup', () => {
  it('shows the plan and changes nothing on a dry run', async () => {
    const account = await newAccount();
    const run = await runSetupProcess(account.folder, [...flagsFor(account), '--dry-run']);
    expect(run.code).toBe(0);
    expect(run.stdout).toContain(`+ API ${serverUrl}: create`);
    expect(run.stdout).toContain('Nothing was changed');
    expect(writes(account.tenant)).toEqual([]);
    await expect(access(account.envFile)).rejects.toThrow();
  });

  it('prints the lines for Vercel, and for secrets refers to the file', async () => {
    const account = await newAccount();
    const run = await runSetup(account.folder, [...flagsFor(account), '--yes']);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    const variables = await readVariables(account.envFile);
    expect(run.stdout).toContain(`\nAUTH0_CLIENT_ID=${variables.AUTH0_CLIENT_ID}\n`);
    for (const name of secretNames) {
      expect(run.stdout).toContain(`\n${name}=<copy from ${account.envFile}>\n`);
      expect(run.stdout).not.toContain(variables[name]);
    }
    expect(run.stdout).not.toContain(bootstrap.secret);

    const shown = await runSetup(account.folder, [...flagsFor(account), '--yes', '--show-secrets']);
    expect(shown.stdout).toContain(await readFile(account.envFile, 'utf8'));
  });

  it('prints JSON without secrets', async () => {
    const account = await newAccount();
    const run = await runSetup(account.folder, [...flagsFor(account), '--json', '--yes']);
    expect(JSON.parse(run.stdout)).toMatchObject({
      state: 'complete',
      serverUrl,
      steps: [{ action: 'create' }, { action: 'create' }, { action: 'create' }, { action: 'create' }],
      vercel: { environments: ['production', 'preview', 'development'] },
    });
    const variables = await readVariables(account.envFile);
    for (const name of secretNames) expect(run.stdout).not.toContain(variables[name]);
  });

  it('reads everything from the environment too', async () => {
    const account = await newAccount();
    const run = await runSetupProcess(account.folder, ['--json', '--dry-run'], {
      AUTH0_DOMAIN: account.tenant.origin,
      SERVER_URL: serverUrl,
      AUTH0_CLIENT_ID: bootstrap.id,
      AUTH0_CLIENT_SECRET: bootstrap.secret,
    });
    expect(JSON.parse(run.stdout)).toMatchObject({ state: 'planned', serverUrl });
  });

  it('changes nothing if there is nobody to confirm', async () => {
    const account = await newAccount();
    const run = await runSetup(account.folder, flagsFor(account));
    expect(run).toMatchObject({ code: 1, stderr: expect.stringContaining('Add --yes') });
    expect(writes(account.tenant)).toEqual([]);
  });

  it('does not write secrets to a file that git does not ignore', async () => {
    const account = await newAccount();
    execFileSync('git', ['init', '--quiet'], { cwd: account.folder });
    const run = await runSetup(account.folder, [...flagsFor(account), '--yes']);
    expect(run).toMatchObject({ code: 1, stdout: expect.stringContaining('to .gitignore') });
    expect(writes(account.tenant)).toEqual([]);
  });

  it.each([
    [['--help'], 0, /^Takes this repository from a clone[\s\S]*--dry-run/],
    [['--json', '--tenat', 'x'], 1, /"message": "Unknown option '--tenat'\."/],
    [['--json'], 1, /AUTH0_DOMAIN: Missing\..*SERVER_URL: Missing\./],
  ])('%j → exit code %i', async (args, code, stdout) => {
    const { folder, envFile } = await newAccount();
    expect(await runSetup(folder, ['--file', envFile, ...args])).toMatchObject({
      code,
      stdout: expect.stringMatching(stdout),
    });
  });
});
