import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readVariables } from '../fixture.ts';
import { changes, newPlatforms, projectOf, repository } from './fixture.ts';

it.each([
  ['VERCEL_TOKEN', 'project', 'Vercel does not accept the token.'],
  ['UPSTASH_API_KEY', 'store', 'Upstash does not accept the e-mail and API key.'],
])('a wrong %s is named and not printed', async (variable, step, message) => {
  const platforms = await newPlatforms();
  platforms.env[variable] = 'wrong-credential';
  if (step === 'store') platforms.env.VERCEL_TOKEN = '';
  const run = await platforms.setup('--yes', '--only', step);
  expect(run).toMatchObject({ code: 1, stderr: expect.stringContaining(message) });
  expect(run.stdout + run.stderr).not.toContain('wrong-credential');
  expect(changes(platforms)).toEqual([]);
});

it('credentials are not sent to another address in clear text', async () => {
  const platforms = await newPlatforms();
  platforms.env.VERCEL_API_URL = 'http://vercel.example.com';
  expect(await platforms.setup('--yes', '--only', 'project')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('VERCEL_API_URL is not an https URL'),
  });
});

it('a repository that Vercel cannot read stops setup with the link to allow it', async () => {
  const platforms = await newPlatforms();
  platforms.vercel.account.repositories.delete(repository);
  expect(await platforms.setup('--yes')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('https://github.com/apps/vercel'),
  });
});

it('a failed build stops setup with the link to its log', async () => {
  const platforms = await newPlatforms();
  platforms.vercel.account.buildsFail = true;
  expect(await platforms.setup('--yes')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/The deployment failed: its state is ERROR[\s\S]*https:\/\/vercel\.com\//),
  });
});

it('without a store or an Upstash key, setup says how to add one, and takes one from the Marketplace', async () => {
  const platforms = await newPlatforms();
  platforms.env.UPSTASH_API_KEY = '';
  const stopped = await platforms.setup('--yes', '--only', 'project,auth0,store,variables');
  expect(stopped).toMatchObject({ code: 1, stdout: expect.stringContaining('create Upstash for Redis') });
  expect(projectOf(platforms).env).toEqual([]);

  for (const key of ['KV_REST_API_URL', 'KV_REST_API_TOKEN'])
    projectOf(platforms).env.push({
      ...{ id: key, key, value: 'from the integration', type: 'encrypted', createdAt: 1, updatedAt: 1 },
      target: ['production', 'preview', 'development'],
    });
  expect(await platforms.setup('--yes', '--only', 'store,variables')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('= The store connected to the project'),
  });
  expect(projectOf(platforms).env.map(({ key }) => key)).not.toContain('UPSTASH_REDIS_REST_URL');
});

it('a variable that one entry shares with other environments is not changed there', async () => {
  const platforms = await newPlatforms();
  await platforms.setup('--yes', '--only', 'project,auth0');
  projectOf(platforms).env.push({
    ...{ id: 'shared', key: 'OAUTH_AUDIENCE', value: 'https://old.example.com', type: 'plain' },
    ...{ target: ['production', 'preview'], createdAt: 1, updatedAt: 1 },
  });
  const run = await platforms.setup('--yes', '--only', 'variables', '--environments', 'production');
  expect(run).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('for these environments too: preview'),
  });
  expect(projectOf(platforms).env).toHaveLength(1);
});

it.each(['store', 'project,previews'])(
  '%s writes no secret to a file that git does not ignore',
  async (only) => {
    const platforms = await newPlatforms();
    await writeFile(join(platforms.folder, '.gitignore'), '');
    const run = await platforms.setup('--yes', '--only', only, '--previews', 'bypass');
    expect(run).toMatchObject({ code: 1, stdout: expect.stringContaining('to .gitignore') });
    await expect(readVariables(platforms.envFile)).rejects.toThrow();
  },
);

it('a team’s project needs the team, from the flag or the link', async () => {
  const platforms = await newPlatforms({ teamId: 'team_acme' });
  const flags = ['--yes', '--json', '--only', 'project'];
  expect(JSON.parse((await platforms.setup(...flags, '--team', 'team_acme')).stdout)).toMatchObject({
    state: 'complete',
  });
  const again = JSON.parse((await platforms.setup(...flags)).stdout);
  expect(again.steps.map(({ action }: { action: string }) => action)).toEqual(['keep', 'keep']);
  expect(platforms.vercel.account.projects).toHaveLength(1);
});

it('with --previews bypass, the secret is in the file for the doctor, and the protection stays', async () => {
  const platforms = await newPlatforms();
  const run = await platforms.setup('--yes', '--only', 'project,previews', '--previews', 'bypass');
  const { VERCEL_AUTOMATION_BYPASS_SECRET: secret = '' } = await readVariables(platforms.envFile);
  expect(Object.keys(projectOf(platforms).protectionBypass)).toEqual([secret]);
  expect(run.stdout).not.toContain(secret);
  expect(projectOf(platforms).ssoProtection).not.toBeNull();
  const before = changes(platforms);
  await writeFile(platforms.envFile, '');
  await platforms.setup('--yes', '--only', 'previews', '--previews', 'bypass');
  expect(changes(platforms)).toEqual(before);
  expect(await readVariables(platforms.envFile)).toEqual({ VERCEL_AUTOMATION_BYPASS_SECRET: secret });
  const again = await platforms.setup('--yes', '--json', '--only', 'previews', '--previews', 'bypass');
  expect(JSON.parse(again.stdout).steps).toMatchObject([{ action: 'keep' }]);
});

it.each([
  [['--only', 'everything'], '--only takes project, auth0, store, variables, previews, deploy, check.'],
  [['--environments', 'staging'], '--environments takes production, preview, development.'],
])('%j is refused', async (flags, message) => {
  const platforms = await newPlatforms();
  expect(await platforms.setup(...flags)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(message),
  });
});
