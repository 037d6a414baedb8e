import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { adminUser } from '../../../support/browser-user.ts';
import { clientKinds } from '../../../support/mcp-clients.ts';
import { readVariables } from '../fixture.ts';
import { changes, newPlatforms, projectOf } from './fixture.ts';

const secretNames = ['AUTH0_CLIENT_SECRET', 'SEALING_SECRET', 'CRON_SECRET', 'UPSTASH_REDIS_REST_TOKEN'];

it('takes a clone to a server in production that clients can use, and a second run changes nothing', async () => {
  const platforms = await newPlatforms();
  const first = await platforms.setupProcess('--yes', '--rbac', '--previews', 'open');
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout).toContain('No problems found without signing in');
  expect(first.stdout).toContain(`Add this URL to your client: ${platforms.serverUrl}/mcp`);
  expect(projectOf(platforms)).toMatchObject({
    name: 'mcp',
    framework: null,
    link: { org: 'acme', repo: 'mcp' },
    ssoProtection: null,
  });

  const client = await clientKinds[0]?.connect(`${platforms.serverUrl}/mcp`, { user: adminUser });
  const answer = await client?.callTool('whoami');
  expect(answer?.structuredContent).toMatchObject({ scopes: expect.arrayContaining(['mcp:read']) });
  await client?.close();

  const before = { changes: changes(platforms), file: await readFile(platforms.envFile, 'utf8') };
  // Without the doctor, which registers a client and removes it again.
  const all = 'project,auth0,store,variables,previews,deploy';
  const second = await platforms.setup('--yes', '--json', '--rbac', '--previews', 'open', '--only', all);
  const report = JSON.parse(second.stdout);
  expect(report).toMatchObject({ state: 'complete' });
  expect(new Set(report.steps.map(({ action }: { action: string }) => action))).toEqual(new Set(['keep']));
  expect(changes(platforms)).toEqual(before.changes);
  expect(await readFile(platforms.envFile, 'utf8')).toBe(before.file);
  expect(platforms.vercel.account.deployments).toHaveLength(1);
  expect(platforms.upstash.databases).toHaveLength(1);
});

it('sets every variable for every environment, secrets so that nobody can read them, and prints none', async () => {
  const platforms = await newPlatforms();
  const run = await platforms.setup('--yes');
  const variables = await readVariables(platforms.envFile);
  const { env } = projectOf(platforms);
  for (const [name, value] of Object.entries(variables))
    for (const environment of ['production', 'preview', 'development'] as const) {
      const set = env.filter(({ key, target }) => key === name && target.includes(environment));
      expect(set.map((each) => each.value)).toEqual([value]);
      const secret = environment === 'development' ? 'encrypted' : 'sensitive';
      expect(set[0]?.type).toBe(secretNames.includes(name) ? secret : 'plain');
    }
  expect(Object.keys(variables)).toEqual(expect.arrayContaining(secretNames));

  const printed = [run.stdout, run.stderr, ...platforms.vercel.requests, ...platforms.upstash.requests].join(
    '\n',
  );
  const credentials = ['VERCEL_TOKEN', 'UPSTASH_API_KEY', 'AUTH0_MANAGEMENT_TOKEN'].map(
    (name) => platforms.env[name],
  );
  for (const secret of [...secretNames.map((name) => variables[name]), ...credentials, 'a-token'])
    expect(printed).not.toContain(secret);
});

it('changes nothing on a dry run, and shows the plan of every step', async () => {
  const platforms = await newPlatforms();
  const run = await platforms.setup('--dry-run', '--previews', 'open');
  expect(run).toMatchObject({ code: 0, stderr: '' });
  for (const planned of ['+ Project mcp', '+ API https://mcp.vercel.app', '+ Environment variables'])
    expect(run.stdout).toContain(`${planned}: create`);
  expect(run.stdout).toContain('+ Upstash database mcp: create');
  expect(changes(platforms)).toEqual([]);
  await expect(access(platforms.envFile)).rejects.toThrow();
  await expect(access(join(platforms.folder, '.vercel'))).rejects.toThrow();
});

it('asks nothing and changes nothing without --yes if there is no terminal', async () => {
  const platforms = await newPlatforms();
  const run = await platforms.setup();
  expect(run).toMatchObject({ code: 1, stderr: expect.stringContaining('Add --yes') });
  expect(changes(platforms)).toEqual([]);
});

it.each(['project', 'auth0', 'store'])('does only the step %s with --only', async (name) => {
  const platforms = await newPlatforms();
  const run = await platforms.setup('--yes', '--json', '--only', name, '--url', platforms.serverUrl);
  expect(JSON.parse(run.stdout)).toMatchObject({
    state: 'complete',
    results: { [name]: { state: 'complete' } },
  });
  const { vercel, upstash, tenant } = platforms;
  expect({
    project: vercel.account.projects.length,
    store: upstash.databases.length,
    auth0: tenant.applications().length - 1,
  }).toEqual({ project: 0, store: 0, auth0: 0, [name]: 1 });
});
