import { expect, it, onTestFinished } from 'vitest';
import { startVercelApi, type VercelApi, type VercelApiOptions } from '../../../dev/vercel-api/server.ts';

async function newApi(options: VercelApiOptions = {}): Promise<VercelApi> {
  const api = await startVercelApi(options);
  onTestFinished(api.close);
  api.account.repositories.set('acme/mcp', 1);
  return api;
}

/** A call; `operation` is a method and a path. */
async function call({ url, account }: VercelApi, operation: string, json?: unknown, token = account.token) {
  const [method = '', path = ''] = operation.split(' ');
  const init: RequestInit = { method, headers: { authorization: `Bearer ${token}` } };
  if (json !== undefined) init.body = JSON.stringify(json);
  const response = await fetch(url + path, init);
  return { status: response.status, headers: response.headers, body: await response.json() };
}

const variable = { key: 'A', value: 'v', type: 'plain', target: ['production'] };

it.each([
  ['a name with capitals', 'POST /v11/projects', { name: 'Mcp' }, 400, 'bad_request'],
  ['a name with three dashes', 'POST /v11/projects', { name: 'a---b' }, 400, 'bad_request'],
  ['a name over 100 characters', 'POST /v11/projects', { name: 'a'.repeat(101) }, 400, 'bad_request'],
  ['a name that exists', 'POST /v11/projects', { name: 'mcp' }, 409, 'conflict'],
  ['an unknown property', 'POST /v11/projects', { name: 'b', colour: 'red' }, 400, 'bad_request'],
  [
    'a repository without access',
    'POST /v11/projects',
    { name: 'b', gitRepository: { type: 'github', repo: 'acme/other' } },
    400,
    'bad_request',
  ],
  [
    'an unknown protection',
    'PATCH /v9/projects/mcp',
    { ssoProtection: { deploymentType: 'none' } },
    400,
    'bad_request',
  ],
  ['an unknown project', 'GET /v9/projects/other', undefined, 404, 'not_found'],
  ['an invalid key', 'POST /v10/projects/mcp/env', { ...variable, key: '1 A' }, 400, 'bad_request'],
  ['no target', 'POST /v10/projects/mcp/env', { ...variable, target: [] }, 400, 'bad_request'],
  [
    'a long comment',
    'POST /v10/projects/mcp/env',
    { ...variable, comment: 'c'.repeat(501) },
    400,
    'bad_request',
  ],
  [
    'a sensitive variable for development',
    'POST /v10/projects/mcp/env',
    { ...variable, type: 'sensitive', target: ['development'] },
    400,
    'bad_request',
  ],
  [
    'a branch’s variable for production',
    'POST /v10/projects/mcp/env',
    { ...variable, target: ['preview', 'production'], gitBranch: 'main' },
    400,
    'bad_request',
  ],
  ['an unknown filter', 'GET /v7/deployments?project=mcp', undefined, 400, 'bad_request'],
  ['a limit of 101', 'GET /v7/deployments?limit=101', undefined, 400, 'bad_request'],
  [
    'a deployment without a source',
    'POST /v13/deployments',
    { name: 'mcp', project: 'mcp' },
    400,
    'missing_files',
  ],
  [
    'another repository',
    'POST /v13/deployments',
    { name: 'mcp', gitSource: { type: 'github', repoId: 2, ref: 'main' } },
    400,
    'incorrect_git_source_info',
  ],
])('refuses %s', async (_, operation, json, status, code) => {
  const api = await newApi();
  const gitRepository = { type: 'github', repo: 'acme/mcp' };
  expect(await call(api, 'POST /v11/projects', { name: 'mcp', gitRepository })).toMatchObject({
    status: 200,
  });
  expect(await call(api, operation, json)).toMatchObject({ status, body: { error: { code } } });
});

it('refuses wrong tokens, requests outside the team, and too many requests', async () => {
  const api = await newApi({ teamId: 'team_a' });
  const wrong = await call(api, 'GET /v9/projects/mcp', undefined, 'wrong');
  expect(wrong).toMatchObject({ status: 403, body: { error: { code: 'forbidden', invalidToken: true } } });
  await call(api, 'POST /v11/projects?teamId=team_a', { name: 'mcp' });
  expect((await call(api, 'GET /v9/projects/mcp?teamId=team_a')).status).toBe(200);
  expect((await call(api, 'GET /v9/projects/mcp')).status).toBe(404);
  expect((await call(api, 'GET /v9/projects/mcp?teamId=team_b')).status).toBe(403);
  api.account.remainingRequests = 0;
  const limited = await call(api, 'GET /v9/projects/mcp?teamId=team_a');
  expect(limited).toMatchObject({ status: 429, body: { error: { code: 'rate_limited' } } });
  expect(Number(limited.headers.get('x-ratelimit-reset'))).toBeGreaterThan(Date.now() / 1000 - 1);
});

it('reports a second variable of a name, and shows plain values only', async () => {
  const api = await newApi();
  await call(api, 'POST /v11/projects', { name: 'mcp' });
  const secret = { ...variable, key: 'S', type: 'sensitive' };
  const path = '/v10/projects/mcp/env';
  await call(api, `POST ${path}`, [variable, secret, { ...secret, key: 'E', type: 'encrypted' }]);
  const again = await call(api, `POST ${path}`, variable);
  expect(again).toMatchObject({
    status: 201,
    body: { created: [], failed: [{ error: { code: 'ENV_CONFLICT' } }] },
  });
  const { envs } = (await call(api, `GET ${path}`)).body;
  expect(envs.map(({ value }: { value: string }) => value)).toEqual([
    'v',
    '',
    expect.not.stringMatching(/^v?$/),
  ]);
  const change = await call(api, `PATCH /v9/projects/mcp/env/${envs[1].id}`, { type: 'plain' });
  expect(change).toMatchObject({ status: 400 });
});
