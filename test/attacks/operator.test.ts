import { describe, expect, it } from 'vitest';
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
