import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { accessToken } from '../support/access-token.ts';
import { modern, poster } from '../support/mcp-request.ts';
import { useStack } from '../support/stack.ts';

const stack = useStack();

const errorOf = async (response: Response) => [
  response.status,
  ((await response.json()) as { error: string }).error,
];

describe('the prune job', () => {
  const prune = (authorization?: string, method = 'GET', query = '') =>
    fetch(`${stack().serverUrl}/api/cron/prune-clients${query}`, {
      method,
      ...(authorization !== undefined && { headers: { authorization } }),
    });

  it.each<[string, string | undefined, string]>([
    ['without a secret', undefined, ''],
    ['with another secret', 'Bearer wrong', ''],
    ['with an empty one', 'Bearer ', ''],
    ['with a part of the secret', 'Bearer local-cron', ''],
    ['with "undefined"', 'Bearer undefined', ''],
    ['with the secret in the query', undefined, '?secret=local-cron-secret&authorization=local-cron-secret'],
    ['for a dry run', undefined, '?dry_run=1'],
    ['as Basic', `Basic ${btoa('cron:local-cron-secret')}`, ''],
  ])('%s is refused, and the tenant is not asked', async (_, authorization, query) => {
    const asked = stack().tenant.requests.length;
    for (const method of ['GET', 'POST'])
      expect(await errorOf(await prune(authorization, method, query))).toEqual([401, 'invalid_token']);
    expect(stack().tenant.requests.length).toBe(asked);
  });

  it('does not show details of the deployment by its health to those without the secret', async () => {
    const response = await fetch(`${stack().serverUrl}/health`, {
      headers: { authorization: 'Bearer wrong' },
    });
    expect(await response.json()).not.toHaveProperty('details');
  });
});

describe('a CRON_SECRET that can be guessed', () => {
  const weak = useStack({ env: { CRON_SECRET: 'secret' } });

  it('is a configuration error: the prune job does not run, and the answer names the variable', async () => {
    const response = await fetch(`${weak().serverUrl}/api/cron/prune-clients`, {
      headers: { authorization: 'Bearer secret' },
    });
    expect(response.status).toBe(503);
    expect(await response.text()).toContain('CRON_SECRET');
  });
});

describe('a tool that reads the environment', () => {
  const server = useStack({
    root: fileURLToPath(new URL('../mcp-server', import.meta.url)),
    env: { SEALING_SECRET: 'a sealing secret of more than 32 characters' },
  });

  it('finds no secret of the deployment there', async () => {
    const post = poster(server(), await accessToken(server()));
    const { last } = await post(...modern('tools/call', { name: 'environment', arguments: {} }));
    const [{ text = '' } = {}] = (last.result?.content ?? []) as { text?: string }[];
    expect(text).toContain(server().env.AUTH0_DOMAIN ?? '?');
    const secrets = ['AUTH0_CLIENT_SECRET', 'UPSTASH_REDIS_REST_TOKEN', 'SEALING_SECRET', 'CRON_SECRET'];
    for (const name of secrets) {
      expect(server().env[name]?.length, name).toBeGreaterThan(5);
      expect(text).not.toContain(server().env[name]);
    }
  });
});
