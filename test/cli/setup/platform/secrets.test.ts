import { readFile, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { envLine } from '../../../../cli/env-file.ts';
import { readVariables } from '../fixture.ts';
import { changes, newPlatforms, type Platforms, projectOf } from './fixture.ts';

const first = ['--yes', '--only', 'project,auth0,variables'];

const valuesOf = (platforms: Platforms, name: string) => [
  ...new Set(projectOf(platforms).env.flatMap(({ key, value }) => (key === name ? [value] : []))),
];

async function replace(platforms: Platforms, values: Record<string, string>) {
  const kept = (await readFile(platforms.envFile, 'utf8'))
    .split('\n')
    .filter((line) => !Object.keys(values).some((name) => line.startsWith(`${name}=`)));
  const lines = Object.entries(values).map(([name, value]) => envLine(name, value));
  await writeFile(platforms.envFile, [...lines, ...kept].join('\n'));
}

it('another sealing secret than the project’s stops setup, unless it may be replaced', async () => {
  const platforms = await newPlatforms();
  await platforms.setup(...first);
  const { SEALING_SECRET: before = '' } = await readVariables(platforms.envFile);
  await replace(platforms, { SEALING_SECRET: 'x'.repeat(43) });
  const done = changes(platforms);
  expect(await platforms.setup('--yes', '--only', 'variables')).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('Replacing it signs everybody out.'),
  });
  expect(changes(platforms)).toEqual(done);
  expect(valuesOf(platforms, 'SEALING_SECRET')).toEqual([before]);

  expect(await platforms.setup('--yes', '--only', 'variables', '--replace-secrets')).toMatchObject({
    code: 0,
  });
  expect(valuesOf(platforms, 'SEALING_SECRET')).toEqual(['x'.repeat(43)]);
});

it('a rotated sealing secret is set together with the previous one', async () => {
  const platforms = await newPlatforms();
  await platforms.setup(...first);
  const { SEALING_SECRET: before = '' } = await readVariables(platforms.envFile);
  await replace(platforms, { SEALING_SECRET: 'n'.repeat(43), SEALING_SECRET_PREVIOUS: before });
  expect(await platforms.setup('--yes', '--only', 'variables')).toMatchObject({ code: 0 });
  expect(valuesOf(platforms, 'SEALING_SECRET')).toEqual(['n'.repeat(43)]);
  expect(valuesOf(platforms, 'SEALING_SECRET_PREVIOUS')).toEqual([before]);
});

it('in a fresh clone, secrets come from the environment', async () => {
  const platforms = await newPlatforms();
  Object.assign(platforms.env, { SEALING_SECRET: 's'.repeat(43), CRON_SECRET: 'c'.repeat(43) });
  await platforms.setup(...first);
  expect(valuesOf(platforms, 'SEALING_SECRET')).toEqual(['s'.repeat(43)]);
  expect(valuesOf(platforms, 'CRON_SECRET')).toEqual(['c'.repeat(43)]);
});

it('a variable that was encrypted by hand keeps its type, and is set once', async () => {
  const platforms = await newPlatforms();
  await platforms.setup('--yes', '--only', 'project,auth0');
  projectOf(platforms).env.push({
    ...{ id: 'byhand', key: 'AUTH0_DOMAIN', value: 'old.example.com', type: 'encrypted' },
    ...{ target: ['production', 'preview', 'development'], createdAt: 1, updatedAt: 1 },
  });
  const run = await platforms.setup('--yes', '--only', 'variables');
  expect(run.stdout).toContain('AUTH0_DOMAIN: (hidden) → ');
  expect(projectOf(platforms).env.find(({ id }) => id === 'byhand')).toMatchObject({
    value: platforms.tenant.origin,
    type: 'encrypted',
  });
  const done = changes(platforms);
  expect(await platforms.setup('--yes', '--only', 'variables')).toMatchObject({ code: 0 });
  expect(changes(platforms)).toEqual(done);
});

it('waits if Upstash limits requests without saying for how long', async () => {
  const platforms = await newPlatforms();
  platforms.upstash.faults['GET /v2/redis/databases'] = { status: 429, body: 'Too Many Requests' };
  expect(await platforms.setup('--yes', '--only', 'store')).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('Upstash limits requests; waiting 1 s.'),
  });
});
