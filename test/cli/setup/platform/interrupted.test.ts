import { expect, it } from 'vitest';
import type { ApiFault } from '../../../../dev/platform-api/server.ts';
import { readVariables } from '../fixture.ts';
import { newPlatforms, type Platforms, projectOf } from './fixture.ts';

type Case = { where: string; on: 'vercel' | 'upstash'; request: string; fault: ApiFault };
const lost: ApiFault = { reset: true, after: true };
const down: ApiFault = { status: 503, body: {} };

const cases: Case[] = [
  { where: 'before the project', on: 'vercel', request: 'POST /v11/projects', fault: down },
  { where: 'after the project was created', on: 'vercel', request: 'POST /v11/projects', fault: lost },
  { where: 'before the store', on: 'upstash', request: 'POST /v2/redis/database', fault: down },
  { where: 'after the store was created', on: 'upstash', request: 'POST /v2/redis/database', fault: lost },
  { where: 'before the deployment', on: 'vercel', request: 'POST /v13/deployments', fault: down },
  { where: 'after the deployment started', on: 'vercel', request: 'POST /v13/deployments', fault: lost },
];

/** Everything that must exist exactly once. */
function created({ vercel, upstash, tenant }: Platforms) {
  return {
    projects: vercel.account.projects.length,
    databases: upstash.databases.length,
    deployments: vercel.account.deployments.length,
    applications: tenant.applications().length,
  };
}

it.each(cases)('continues $where', { timeout: 60_000 }, async ({ on, request, fault }) => {
  const platforms = await newPlatforms();
  platforms[on].faults[request] = fault;
  const stopped = await platforms.setup('--yes', '--previews', 'open');
  expect(stopped).toMatchObject({ code: 1, stderr: expect.stringContaining('continues where it stopped') });
  const secrets = await readVariables(platforms.envFile).catch(() => undefined);

  const resumed = await platforms.setup('--yes', '--previews', 'open');
  expect(resumed).toMatchObject({ code: 0, stderr: '' });
  expect(resumed.stdout).toContain('No problems found without signing in');
  // The bootstrap application, the server's own. The doctor removes its own.
  expect(created(platforms)).toEqual({ projects: 1, databases: 1, deployments: 1, applications: 2 });
  if (secrets) expect(await readVariables(platforms.envFile)).toMatchObject(secrets);
});

it('continues in the middle of the variables, without setting any twice', async () => {
  const platforms = await newPlatforms();
  await platforms.setup('--yes', '--only', 'project,auth0,store');
  const { env } = projectOf(platforms);
  platforms.vercel.faultOnce = false;
  const path = `/v10/projects/${projectOf(platforms).id}/env`;
  let sent = 0;
  const push = env.push.bind(env);
  // The API goes down after the fourth variable.
  env.push = (...entries) => {
    if (++sent === 4) platforms.vercel.faults[`POST ${path}`] = down;
    return push(...entries);
  };
  expect((await platforms.setup('--yes', '--only', 'variables')).code).toBe(1);
  // The fourth is a secret, which is two variables.
  expect(env).toHaveLength(5);

  env.push = push;
  platforms.vercel.faults = {};
  expect(await platforms.setup('--yes', '--only', 'variables')).toMatchObject({ code: 0 });
  const names = env.map(({ key, target }) => `${key} ${target}`);
  expect(new Set(names).size).toBe(names.length);
  expect(new Set(env.map(({ key }) => key))).toEqual(
    new Set(Object.keys(await readVariables(platforms.envFile))),
  );
});

it('deploys again if a variable changed since the last deployment, and only sends that variable', {
  timeout: 60_000,
}, async () => {
  const platforms = await newPlatforms();
  await platforms.setup('--yes');
  const before = platforms.vercel.requests.length;
  const run = await platforms.setup('--yes', '--json', '--connections', 'Username-Password-Authentication');
  expect(JSON.parse(run.stdout)).toMatchObject({ state: 'complete' });
  expect(platforms.vercel.account.deployments).toHaveLength(2);
  const sent = platforms.vercel.requests
    .slice(before)
    .filter((each) => each.endsWith('/env') && !each.startsWith('GET'));
  expect(sent).toHaveLength(1);
});

it('waits while a platform limits requests', async () => {
  const platforms = await newPlatforms();
  platforms.vercel.account.remainingRequests = 2;
  const run = await platforms.setup('--yes', '--only', 'project');
  expect(run).toMatchObject({ code: 0, stderr: expect.stringContaining('Vercel limits requests; waiting') });
  expect(platforms.vercel.account.projects).toHaveLength(1);
});
