import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { TenantError } from '../../../lib/auth0/errors.ts';
import { manage } from '../../../lib/auth0/management.ts';
import { retryAfterOf } from '../../../lib/auth0/rate-limit.ts';
import { deadlineIn } from '../../../lib/auth0/request.ts';
import { type InstanceContext, useInstances } from '../../support/instances.ts';

const running = useInstances();

beforeEach(async () => {
  const { tenant, store, emptyStore, asked } = running();
  Object.assign(tenant.switches, {
    managementRequestsPerSecond: undefined,
    managementBurst: undefined,
    retryAfterSeconds: false,
    faults: {},
  });
  store.faults.outage = 'none';
  await emptyStore();
  asked();
});

const list = ({ config }: InstanceContext, milliseconds = 6000) =>
  manage(
    config,
    { method: 'GET', path: '/api/v2/clients', deadline: deadlineIn(milliseconds) },
    z.array(z.unknown()),
  );

const tokenRequests = () =>
  running()
    .asked()
    .filter((call) => call === 'POST /oauth/token');

async function kindOf(work: Promise<unknown>): Promise<string> {
  const error = await work.catch((thrown) => thrown);
  if (error instanceof TenantError) return error.kind;
  throw new Error(`not refused: ${error}`);
}

describe('the Management token', () => {
  it('is fetched once for many calls at many instances', async () => {
    const instances = Array.from({ length: 6 }, () => running().instance());
    await Promise.all(instances.flatMap((context) => [list(context), list(context)]));
    expect(tokenRequests()).toHaveLength(1);
  });

  it('is fetched once an instance while the store is down', async () => {
    const { instance, store } = running();
    store.faults.outage = 'refused';
    const context = instance();
    await Promise.all([list(context), list(context), list(context)]);
    await list(context);
    expect(tokenRequests()).toHaveLength(1);
  });

  it('is fetched by the others when the instance that was fetching it died', async () => {
    const { instance, asked } = running();
    const { config } = instance();
    const { acquire } = await import('../../../lib/store/lock.ts');
    const { lockKey, managementTokenKey } = await import('../../../lib/store/keys.ts');
    const options = { lifetimeMs: 60_000, deadline: deadlineIn(1000) };
    expect(await acquire(config, lockKey(managementTokenKey(config)), options)).toMatchObject({
      state: 'held',
    });
    await list(instance());
    expect(asked()).toContain('POST /oauth/token');
  });

  it('never lies in the store as it is', async () => {
    const { instance, store, tenant } = running();
    await list(instance());
    const dump = await fetch(`${store.url}/keys/*`, { headers: { authorization: 'Bearer store-token' } });
    const { result } = z.object({ result: z.array(z.string()) }).parse(await dump.json());
    const key = result.find((name) => name.startsWith('mgmt:'));
    const kept = await fetch(`${store.url}/get/${key}`, { headers: { authorization: 'Bearer store-token' } });
    const value = z.object({ result: z.string() }).parse(await kept.json()).result;
    expect(value.split('.')).toHaveLength(5);
    expect(tenant.requests.length).toBeGreaterThan(0);
  });

  it('is replaced once when the tenant no longer takes it, everywhere', async () => {
    const { instance, tenant, asked } = running();
    const context = instance();
    await list(context);
    asked();
    tenant.switches.faults = {
      'GET /api/v2/clients': { status: 401, body: { statusCode: 401, message: 'Invalid token' }, nth: 1 },
    };
    expect(await list(context)).toBeInstanceOf(Array);
    expect(tokenRequests()).toHaveLength(1);
    await list(instance());
    expect(tokenRequests()).toEqual([]);
  });

  it('is not fetched over and over when the tenant takes none', async () => {
    const { instance, tenant } = running();
    tenant.switches.faults = { 'GET /api/v2/clients': { status: 401, body: {} } };
    expect(await kindOf(list(instance()))).toBe('unauthorized');
    expect(tokenRequests()).toHaveLength(2);
  });

  it('is refused to wrong credentials: unauthorized', async () => {
    const env = { AUTH0_CLIENT_SECRET: 'another-secret-that-the-tenant-does-not-know' };
    expect(await kindOf(list(running().instance(env)))).toBe('unauthorized');
  });
});

describe('a Management API call', () => {
  it.each<[string, object, string]>([
    ['a missing scope', { status: 403, body: { errorCode: 'insufficient_scope' } }, 'forbidden-scope'],
    ['the quota', { status: 403, body: { errorCode: 'too_many_entities' } }, 'quota'],
    ['an unknown thing', { status: 404, body: { errorCode: 'inexistent_client' } }, 'not-found'],
    ['a bad body', { status: 400, body: { errorCode: 'invalid_body' } }, 'invalid'],
    ['an outage', { status: 502, body: '<h1>Bad gateway' }, 'unavailable'],
    ['an answer that is no JSON', { status: 200, body: '<h1>Hello' }, 'unavailable'],
    ['a connection cut', { reset: true }, 'unavailable'],
    ['a limit that lasts', { status: 429, body: {} }, 'rate-limited'],
  ])('tells %s apart', async (_, fault, kind) => {
    const { instance, tenant } = running();
    tenant.switches.faults = { 'GET /api/v2/clients': fault };
    expect(await kindOf(list(instance(), 1500))).toBe(kind);
  });

  it('is over by its deadline when the tenant is silent', async () => {
    const { instance, tenant } = running();
    const context = instance();
    await list(context);
    tenant.switches.faults = { 'GET /api/v2/clients': { hang: true } };
    const started = Date.now();
    expect(await kindOf(list(context, 600))).toBe('unavailable');
    expect(Date.now() - started).toBeLessThan(3_000);
  });

  it('is repeated once when it reads and got no answer, never when it creates', async () => {
    const { instance, tenant, asked } = running();
    const context = instance();
    tenant.switches.faults = { 'GET /api/v2/clients': { reset: true, nth: 1 } };
    await list(context);
    tenant.switches.faults = { 'POST /api/v2/clients': { reset: true } };
    asked();
    const json = { name: 'x' };
    await kindOf(manage(context.config, { method: 'POST', path: '/api/v2/clients', json }, z.unknown()));
    expect(asked().filter((call) => call === 'POST /api/v2/clients')).toHaveLength(1);
  });

  it('waits out a rate limit, with Retry-After and without', async () => {
    const { instance, tenant } = running();
    for (const retryAfterSeconds of [true, false]) {
      Object.assign(tenant.switches, {
        managementRequestsPerSecond: 2,
        managementBurst: 1,
        retryAfterSeconds,
      });
      const context = instance();
      await Promise.all([list(context), list(context)]);
    }
  });
});

describe('after a 429, the wait', () => {
  const seconds = (headers: Record<string, string>) => retryAfterOf(headers);
  const now = Math.floor(Date.now() / 1000);
  it.each<[string, Record<string, string>, number, number]>([
    ['is what Retry-After says', { 'retry-after': '3', 'x-ratelimit-reset': String(now + 9) }, 3, 3],
    ['lasts a second when the reset is far', { 'x-ratelimit-reset': String(now + 500) }, 1, 1],
    ['is a moment when the reset has passed', { 'x-ratelimit-reset': String(now - 5) }, 0.2, 0.2],
    ['is a second when nothing is said', {}, 1, 1],
    ['is a second when nonsense is said', { 'retry-after': 'soon', 'x-ratelimit-reset': 'later' }, 1, 1],
    ['is a minute at most', { 'retry-after': '86400' }, 60, 60],
  ])('%s', (_, headers, least, most) => {
    expect(seconds(headers)).toBeGreaterThanOrEqual(least);
    expect(seconds(headers)).toBeLessThanOrEqual(most);
  });
});
