import { expect, it, onTestFinished } from 'vitest';
import { openUpstash } from '../../../../cli/setup/platform/upstash.ts';
import { startUpstashApi } from '../../../../dev/upstash-api/server.ts';

/** An account at Upstash whose new databases have this endpoint. */
async function newAccount(endpoint?: string) {
  const api = await startUpstashApi(endpoint === undefined ? {} : { endpoint });
  onTestFinished(api.close);
  return openUpstash(api, api.url, () => {});
}

it.each([
  ['by its first label', undefined, 'mcp-12345.upstash.io'],
  ['in full', 'beloved-stallion-58500.upstash.io', 'beloved-stallion-58500.upstash.io'],
  ['with a port', 'localhost:8079', 'localhost:8079'],
])('a database’s host is known, whether the API names it %s', async (_, endpoint, host) => {
  const upstash = await newAccount(endpoint);
  const { database_id } = await upstash.create('mcp', 'us-east-1');
  expect(await upstash.read(database_id)).toMatchObject({ endpoint: host, rest_token: expect.any(String) });
  const [listed] = await upstash.list();
  expect(listed).toMatchObject({ database_id, endpoint: host });
  expect(listed).not.toHaveProperty('rest_token');
});
