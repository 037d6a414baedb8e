import { expect, it, onTestFinished } from 'vitest';
import { startUpstashApi, type UpstashApi } from '../../../dev/upstash-api/server.ts';

async function newApi(): Promise<UpstashApi> {
  const api = await startUpstashApi();
  onTestFinished(api.close);
  return api;
}

async function call(
  { url, email, apiKey }: UpstashApi,
  method: string,
  path: string,
  json?: unknown,
  key = apiKey,
) {
  const authorization = `Basic ${Buffer.from(`${email}:${key}`).toString('base64')}`;
  const init: RequestInit = { method, headers: { authorization } };
  if (json !== undefined) init.body = JSON.stringify(json);
  const response = await fetch(`${url}/v2/redis/${path}`, init);
  return { status: response.status, body: await response.json() };
}

const database = { database_name: 'mcp', platform: 'aws', primary_region: 'us-east-1' };

it('creates, lists and reads databases, with and without credentials', async () => {
  const api = await newApi();
  const { body } = await call(api, 'POST', 'database', database);
  expect(body).toMatchObject({ database_name: 'mcp', state: 'active', rest_token: expect.any(String) });
  const { rest_token: _, ...hidden } = body;
  expect((await call(api, 'GET', 'databases')).body).toEqual([hidden]);
  expect((await call(api, 'GET', `database/${body.database_id}`)).body).toEqual(body);
  expect((await call(api, 'GET', `database/${body.database_id}?credentials=hide`)).body).toEqual(hidden);
});

it.each([
  ['no region', { ...database, primary_region: undefined }],
  ['a region of the other platform', { ...database, primary_region: 'us-central1' }],
  ['an unknown platform', { ...database, platform: 'azure' }],
  ['an unknown plan', { ...database, plan: 'huge' }],
  ['an unknown read region', { ...database, read_regions: ['eu-north-9'] }],
  ['a read region that only a primary can be in', { ...database, read_regions: ['af-south-1'] }],
])('refuses %s', async (_, json) => {
  expect((await call(await newApi(), 'POST', 'database', json)).status).toBe(400);
});

it('refuses a wrong key, a second free database and a name that exists', async () => {
  const api = await newApi();
  expect((await call(api, 'GET', 'databases', undefined, 'wrong')).status).toBe(401);
  await call(api, 'POST', 'database', database);
  expect((await call(api, 'POST', 'database', { ...database, plan: 'payg' })).status).toBe(400);
  expect((await call(api, 'POST', 'database', { ...database, database_name: 'other' })).status).toBe(400);
  expect((await call(api, 'GET', 'database/unknown')).status).toBe(404);
});
