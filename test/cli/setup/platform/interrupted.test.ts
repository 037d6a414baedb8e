import { beforeAll, describe, expect, it } from 'vitest';
import type { ApiFault } from '../../../../dev/platform-api/server.ts';
import { useGroupEnd } from '../../../support/on-end.ts';
import { readVariables } from '../fixture.ts';
import { newPlatforms, type Platforms, projectOf } from './fixture.ts';

const lost: ApiFault = { reset: true, after: true };
const down: ApiFault = { status: 503, body: {} };

/** Everything that must exist exactly once. */
function created({ vercel, upstash, tenant }: Platforms) {
  return {
    projects: vercel.account.projects.length,
    databases: upstash.databases.length,
    deployments: vercel.account.deployments.length,
    applications: tenant.applications().length,
  };
}

/** Interruptions in the order of setup's steps, and what exists after each. One application is there before setup runs. */
const interruptions: {
  where: string;
  on: 'vercel' | 'upstash';
  request: string;
  fault: ApiFault;
  exist: ReturnType<typeof created>;
}[] = [
  {
    ...{ where: 'before the project', on: 'vercel', request: 'POST /v11/projects', fault: down },
    exist: { projects: 0, databases: 0, deployments: 0, applications: 1 },
  },
  {
    ...{ where: 'after the project was created', on: 'vercel', request: 'POST /v11/projects', fault: lost },
    exist: { projects: 1, databases: 0, deployments: 0, applications: 1 },
  },
  {
    ...{ where: 'before the store', on: 'upstash', request: 'POST /v2/redis/database', fault: down },
    exist: { projects: 1, databases: 0, deployments: 0, applications: 2 },
  },
  {
    ...{
      where: 'after the store was created',
      on: 'upstash',
      request: 'POST /v2/redis/database',
      fault: lost,
    },
    exist: { projects: 1, databases: 1, deployments: 0, applications: 2 },
  },
  {
    ...{ where: 'before the deployment', on: 'vercel', request: 'POST /v13/deployments', fault: down },
    exist: { projects: 1, databases: 1, deployments: 0, applications: 2 },
  },
  {
    ...{ where: 'after the deployment started', on: 'vercel', request: 'POST /v13/deployments', fault: lost },
    exist: { projects: 1, databases: 1, deployments: 1, applications: 2 },
  },
];

describe('setup that is interrupted again and again', () => {
  let platforms: Platforms;
  const groupEnd = useGroupEnd();
  let written: Awaited<ReturnType<typeof readVariables>> = {};
  beforeAll(async () => {
    platforms = await newPlatforms({}, groupEnd);
  });

  it.each(interruptions)('continues from where it was, and then stops $where', async ({ exist, ...at }) => {
    platforms[at.on].faults[at.request] = at.fault;
    const stopped = await platforms.setup('--yes', '--previews', 'open');
    expect(stopped).toMatchObject({ code: 1, stderr: expect.stringContaining('continues where it stopped') });
    // It came as far as this request.
    expect(platforms[at.on].faults).toEqual({});
    expect(created(platforms)).toEqual(exist);
    const present = await readVariables(platforms.envFile).catch(() => ({}));
    expect(present).toMatchObject(written);
    written = present;
  });

  it('completes in the end, with everything there once', async () => {
    const resumed = await platforms.setup('--yes', '--previews', 'open');
    expect(resumed).toMatchObject({ code: 0, stderr: '' });
    expect(resumed.stdout).toContain('No problems found without signing in');
    // The bootstrap application, the server's own. The doctor removes its own.
    expect(created(platforms)).toEqual({ projects: 1, databases: 1, deployments: 1, applications: 2 });
    expect(written).toHaveProperty('SEALING_SECRET');
    expect(await readVariables(platforms.envFile)).toMatchObject(written);
  });
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

it('deploys again if a variable changed since the last deployment, and only sends that variable', async () => {
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
