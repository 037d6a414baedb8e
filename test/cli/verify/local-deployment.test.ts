import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Stack, startStack } from '../../../dev/stack.ts';
import { demoUser } from '../../support/browser-user.ts';
import { freePorts } from '../../support/free-ports.ts';
import { browser } from '../doctor/run-doctor.ts';
import { type Run, runCommand, runProcess } from '../run-command.ts';

describe('npm run verify against npm start -- --built --instances 3', () => {
  let stack: Stack;
  let folder: string;
  let preview: string;
  let run: Run;
  let report: string;
  let byPerson: { code: number | null; report: string };
  let registeredBefore: number;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'verify-'));
    const port = await freePorts();
    preview = `http://127.0.0.1:${port}`;
    stack = await startStack({ port, built: true, instances: 3, env: { ALLOWED_ORIGINS: preview } });
    registeredBefore = stack.tenant.applications().length;
    const variables = Object.entries(stack.env).flatMap(([name, value]) => (value ? [[name, value]] : []));
    const user = { DOCTOR_USER: demoUser.email, DOCTOR_PASSWORD: demoUser.password };
    const output = join(folder, 'report.md');
    const args = [stack.mcpUrl, '--origin', preview, '--preview', `${preview}/mcp`, '--output', output];
    const env: Record<string, string> = Object.fromEntries(variables);
    const personsOutput = join(folder, 'by-person.md');
    // At the same time, because both wait for a minute until the revoked token is refused.
    const [byUser, { code }] = await Promise.all([
      runCommand('verify', args, { ...env, ...user }),
      runProcess('verify', [stack.mcpUrl, '--output', personsOutput], {
        ...env,
        CRON_SECRET: '',
        BROWSER: browser,
      }),
    ]);
    run = byUser;
    report = await readFile(output, 'utf8');
    byPerson = { code, report: await readFile(personsOutput, 'utf8') };
  }, 300_000);

  afterAll(async () => {
    await stack?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('tries every promise and finds it kept', () => {
    const verdicts = [...report.matchAll(/^\| (?:✅|❌|➖) (kept|broken|not tried) \| (.+?) \| (.+) \|$/gm)];
    expect(verdicts.filter(([, result]) => result !== 'kept').map(([row]) => row)).toEqual([]);
    expect(verdicts.map(([, , promise]) => promise)).toEqual([
      'Clients discover how to sign in',
      'Browsers on other origins can read the answers',
      'Clients register themselves',
      'The consent page leads to Auth0, which accepts the request',
      'Errors are those that clients act on',
      'Users sign in and the client gets tokens',
      'Tools work in the 2025-11-25 protocol',
      'Tools work in the 2026-07-28 protocol',
      'Refreshing works, even twice at once',
      'Revoking ends the connection',
      'The same registration always gets the same client_id',
      'A session works without its header, on every instance',
      'A revocation takes effect everywhere within a minute',
      'The prune job runs, as a dry run',
      `Clients discover how to sign in at \`${preview}\``,
      `A preview works as production does: \`${preview}/mcp\``,
    ]);
    expect(run.code).toBe(0);
    expect(run.stdout).toContain(
      'Promises: 16 kept, 0 broken, 0 not tried. Differences from the local stand-ins: 0.',
    );
  });

  test('reaches all three instances without the session header', () => {
    expect(report).toContain('They came from 3 instances.');
  });

  test('finds that each stand-in does what verify expects of it', () => {
    expect(report).toContain('## What differs from the local stand-ins\n\nNothing.\n');
    expect(report).not.toContain(': not seen');
  });

  test('also passes if a person signs in, without the secret of the prune job', () => {
    const { code, report } = byPerson;
    expect(report).not.toContain('❌');
    expect([...report.matchAll(/^\| ➖ not tried \| (.+)$/gm)].map(([, row]) => row)).toEqual([
      'The prune job runs, as a dry run | `needs CRON_SECRET, and https` |',
    ]);
    expect(report).toContain('## What differs from the local stand-ins\n\nNothing.\n');
    // A person's browser does not show the redirects that it follows.
    expect(report).toContain('- Auth0, its redirect after the sign-in: not seen');
    expect(code).toBe(0);
  });

  test('names the versions on both sides', () => {
    expect(report).toContain(`- its Node.js: \`${process.version}\``);
    expect(report).toMatch(/- deployment: `mcp-auth0-vercel \d+\.\d+\.\d+`/);
  });

  test('writes and prints no secret, token or code, and no password', () => {
    const secret = /SECRET|TOKEN$/;
    const shown = `${report}${run.stdout}${run.stderr}`;
    for (const [name, value] of Object.entries(stack.env))
      if (value && secret.test(name)) expect(shown).not.toContain(value);
    expect(shown).not.toMatch(/eyJ[\w-]{20}|[?&](?:code|state)=|Bearer [\w-]{20}/);
    expect(report).not.toContain(demoUser.email);
  });

  test('leaves no registration in the tenant', () => {
    expect(stack.tenant.applications()).toHaveLength(registeredBefore);
  });
});
