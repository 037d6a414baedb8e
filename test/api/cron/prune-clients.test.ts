import { describe, expect, it } from 'vitest';
import { useStack } from '../../support/stack.ts';

const stack = useStack();
const unconfigured = useStack({ env: { CRON_SECRET: undefined } });

const prune = (query = '', authorization?: string, method = 'GET') =>
  fetch(`${stack().serverUrl}/api/cron/prune-clients${query}`, {
    method,
    headers: authorization === undefined ? {} : { authorization },
  });

const secret = () => `Bearer ${stack().env.CRON_SECRET}`;

describe('the prune job', () => {
  it.each(['GET', 'POST'])('runs by %s with the secret', async (method) => {
    const response = await prune('', secret(), method);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      dry_run: false,
      examined: 0,
      removed: [],
      callbacks_removed: [],
      failed: [],
      complete: true,
    });
  });

  it.each([
    ['?dry_run=1', true],
    ['?dry_run=true', true],
    ['?dry_run', true],
    ['?dry_run=please', true],
    ['?dry_run=0', false],
    ['?dry_run=false', false],
  ])('%s: dry %s', async (query, dry) => {
    expect(await (await prune(query, secret())).json()).toMatchObject({ dry_run: dry });
  });

  it.each([
    ['without the secret', undefined],
    ['with a wrong one', 'Bearer wrong'],
    ['with the secret by another scheme', 'Basic local-cron-secret'],
    ['with an empty one', 'Bearer '],
  ])('does not run %s', async (_, authorization) => {
    const response = await prune('', authorization);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
  });

  it('is off when no secret is configured, also for an empty one', async () => {
    for (const authorization of ['Bearer ', 'Bearer undefined']) {
      const url = `${unconfigured().serverUrl}/api/cron/prune-clients`;
      const response = await fetch(url, { headers: { authorization } });
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ error: 'invalid_request' });
    }
  });

  it('tells an outage of the tenant: 503', async () => {
    stack().tenant.switches.faults = { 'GET /api/v2/clients': { status: 503 } };
    const response = await prune('', secret());
    stack().tenant.switches.faults = {};
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error: 'temporarily_unavailable' });
  });
});
