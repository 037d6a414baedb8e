import { describe, expect, it } from 'vitest';
import { useStack } from '../../support/stack.ts';
import { connect, envFile, runAdmin, runAdminProcess } from './fixture.ts';

const stack = useStack();
const withFile = async (args: string[], changes: Record<string, string | undefined> = {}) => [
  ...args,
  ...['--file', await envFile({ ...stack().env, ...changes })],
];
const run = async (...given: Parameters<typeof withFile>) => runAdmin(await withFile(...given));
const runAsProcess = async (...given: Parameters<typeof withFile>) =>
  runAdminProcess(await withFile(...given));

describe('npm run admin', () => {
  it.each([
    [[], /^Give a command\./],
    [['destroy'], /^There is no command destroy\./],
    [['block'], /^block needs a client\./],
    [['forget'], /^forget needs a user\./],
    [['clients', 'x'], /^clients takes no more arguments\./],
    [['clients', '--yes'], /^clients has no option --yes\./],
    [['audit', '--count', 'many'], /^--count takes a number/],
    [['audit', '--follow'], /^Unknown option '--follow'\./],
    [['rotate-secrets', '--finish', '--without-previous'], /^Give --finish or --without-previous/],
  ])('%j is wrong usage: exit code 2', async (args, stderr) => {
    expect(await run(args)).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(stderr) });
  });

  it('--help lists the commands', async () => {
    expect(await run(['--help'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/rotate-secrets/) });
  });

  it('names every variable that is missing, and where variables come from', async () => {
    const { code, stderr } = await run(['clients'], { AUTH0_DOMAIN: '', UPSTASH_REDIS_REST_TOKEN: '' });
    expect(code).toBe(1);
    expect(stderr).toMatch(/AUTH0_DOMAIN: Missing/);
    expect(stderr).toMatch(/UPSTASH_REDIS_REST_TOKEN: Missing/);
    expect(stderr).toMatch(/\.env\.local \(--file\)/);
  });

  it.each([
    [
      'an unreachable store',
      { UPSTASH_REDIS_REST_URL: 'http://localhost:1' },
      /The store failed: connect ECONNREFUSED/,
    ],
    ['a wrong store token', { UPSTASH_REDIS_REST_TOKEN: 'not-the-token' }, /The store failed: WRONGPASS/],
  ])('says what is wrong with %s', async (_, changes, stderr) => {
    const failed = await runAsProcess(['block', 'x', '--yes'], changes);
    expect(failed).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(stderr) });
    expect(failed.stderr).toMatch(/Check UPSTASH_REDIS_REST_URL/);
    expect(failed.stderr).not.toContain('not-the-token');
  });

  it('says that the tenant refuses the credentials, and does what it can', async () => {
    const client = await connect(stack());
    const listed = await run(['clients'], {
      AUTH0_CLIENT_SECRET: 'wrong',
      SEALING_SECRET: stack().env.AUTH0_CLIENT_SECRET,
    });
    expect(listed).toMatchObject({ code: 0, stdout: expect.stringContaining(client.clientId) });
    const signedOut = await run(['sign-out', 'auth0|nobody', '--yes'], {
      AUTH0_CLIENT_SECRET: 'wrong',
      SEALING_SECRET: stack().env.AUTH0_CLIENT_SECRET,
    });
    expect(signedOut.code).toBe(1);
    expect(signedOut.stdout).toMatch(/does not accept the client id LocalManagementApplication000000/);
  });

  it('shows a plan and asks: without a terminal to ask at, nothing is changed', async () => {
    const { code, stdout, stderr } = await run(['block', 'https://app.example/client.json']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Block https:\/\/app\.example\/client\.json, which is not known here so far\./);
    expect(stderr).toMatch(/Add --yes to do it, or --dry-run to only see it/);
  });

  it('prints names that clients chose without control characters', async () => {
    const { clientId } = await connect(stack());
    const application = stack()
      .tenant.applications()
      .find(({ client_id }) => client_id === clientId);
    if (application) application.name = 'Evil \u001b[2J\u202e client (MCP)';
    const { stdout } = await run(['clients']);
    expect(stdout).toContain('Evil');
    expect(stdout.replaceAll('\n', '')).not.toMatch(/\p{C}/u);
  });

  it('prints tables with the times in UTC', async () => {
    const { stdout } = await runAsProcess(['audit']);
    expect(stdout).toMatch(/^WHEN \(UTC\) +ACTION +ACTOR/);
    expect(stdout).toMatch(/\d{4}-\d\d-\d\d \d\d:\d\d {2}sign-in +user +[\w-]{22} /);
  });
});
