import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { matchesFault } from '../../../dev/auth0/faults.ts';
import { defaultSwitches } from '../../../dev/auth0/switches.ts';
import { startTenant, type Tenant } from '../../../dev/auth0/tenant.ts';
import { manage, managementToken, newClient, newTenant, tokens } from './fixture.ts';

let tenant: Tenant;
const lines: unknown[] = [];
beforeAll(async () => {
  tenant = await newTenant({ onRequest: (line) => lines.push(line) });
});
afterEach(() => {
  Object.assign(tenant.switches, structuredClone(defaultSwitches));
});
afterAll(() => tenant.close());

describe('the plan', () => {
  it('limits applications', async () => {
    tenant.switches.applicationQuota = tenant.applications().length + 1;
    expect((await manage(tenant, 'POST', '/clients', { name: 'last' })).status).toBe(201);
    expect((await manage(tenant, 'POST', '/clients', { name: 'over' })).body).toEqual({
      statusCode: 403,
      error: 'Forbidden',
      message: 'You reached the limit of entities of this type for this tenant.',
      errorCode: 'too_many_entities',
    });
  });

  it('limits nothing by default, but sends the headers anyway', async () => {
    const token = await managementToken(tenant);
    const { status, headers } = await manage(tenant, 'GET', '/clients', undefined, token);
    expect(status).toBe(200);
    for (const name of ['limit', 'remaining', 'reset']) {
      expect(Number(headers.get(`x-ratelimit-${name}`))).toBeGreaterThan(0);
    }
  });

  it('limits requests: a burst of 2, then 429 with headers that say when to retry', async () => {
    const token = await managementToken(tenant);
    Object.assign(tenant.switches, { managementRequestsPerSecond: 1, managementBurst: 2 });
    const read = () => manage(tenant, 'GET', '/clients', undefined, token);
    const answers = await Promise.all([read(), read(), read()]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 429]);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.body).toEqual({
      statusCode: 429,
      error: 'Too Many Requests',
      message: 'Global limit has been reached',
      errorCode: 'too_many_requests',
    });
    expect(refused?.headers.get('x-ratelimit-limit')).toBe('2');
    expect(refused?.headers.get('x-ratelimit-remaining')).toBe('0');
    const reset = Number(refused?.headers.get('x-ratelimit-reset')) - Date.now() / 1000;
    expect(reset).toBeGreaterThan(-1);
    expect(reset).toBeLessThan(3);
    expect(refused?.headers.get('retry-after')).toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect((await read()).status).toBe(200);
  });

  it('can send Retry-After', async () => {
    const token = await managementToken(tenant);
    Object.assign(tenant.switches, { managementRequestsPerSecond: 0.5, retryAfter: true });
    await manage(tenant, 'GET', '/clients', undefined, token);
    const { headers } = await manage(tenant, 'GET', '/clients', undefined, token);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe('token dates', () => {
  it('follow the tenant’s clock and the configured lifetime', async () => {
    const clientId = await newClient(tenant);
    Object.assign(tenant.switches, { clockSkewSeconds: 120, accessTokenLifetimeSeconds: 5 });
    const { access_token, expires_in } = await tokens(tenant, clientId);
    const { iat = 0, exp = 0 } = decodeJwt(String(access_token));
    expect([expires_in, exp - iat]).toEqual([5, 5]);
    expect(iat - Date.now() / 1000).toBeGreaterThan(118);
  });
});

describe('faults', () => {
  it.each([
    ['/oauth/token', 'POST', '/oauth/token', true],
    ['POST /oauth/token', 'GET', '/oauth/token', false],
    ['PATCH /api/v2/connections/*/clients', 'PATCH', '/api/v2/connections/con_1/clients', true],
    ['/api/v2/clients', 'GET', '/api/v2/clients/abc', false],
    ['/api/v2/clients/*', 'GET', '/api/v2/clients', false],
  ])('%s and %s %s: %s', (key, method, path, matches) => {
    expect(matchesFault(key, method, path)).toBe(matches);
  });

  it('answer with a status instead of doing the work', async () => {
    tenant.switches.faults = { 'POST /api/v2/clients': { status: 503 } };
    const before = tenant.applications().length;
    expect((await manage(tenant, 'POST', '/clients', { name: 'n' })).status).toBe(503);
    expect(tenant.applications()).toHaveLength(before);
  });

  it('answer with a given body, for the nth request only', async () => {
    const body = { error: 'too_many_requests', error_description: 'Slow down' };
    tenant.switches.faults = {
      '/oauth/token': { status: 429, body, headers: { 'Retry-After': '1' }, nth: 2 },
    };
    const ask = () => fetch(`${tenant.origin}/oauth/token`, { method: 'POST' });
    const answers = [await ask(), await ask(), await ask()];
    expect(answers.map(({ status }) => status)).toEqual([400, 429, 400]);
    expect(await answers[1]?.json()).toEqual(body);
    expect(answers[1]?.headers.get('retry-after')).toBe('1');
  });

  it('lose the answer after the work is done', async () => {
    tenant.switches.faults = { 'POST /api/v2/clients': { status: 500, after: true } };
    expect((await manage(tenant, 'POST', '/clients', { name: 'made nonetheless' })).status).toBe(500);
    expect(tenant.applications().map(({ name }) => name)).toContain('made nonetheless');
  });

  it('send half of the answer after the work is done', async () => {
    const token = await managementToken(tenant);
    tenant.switches.faults = { 'POST /api/v2/clients': { cut: true } };
    const answer = await fetch(`${tenant.origin}/api/v2/clients`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'made and cut' }),
    });
    expect(answer.headers.get('content-type')).toContain('application/json');
    await expect(answer.json()).rejects.toThrow(SyntaxError);
    expect(tenant.applications().map(({ name }) => name)).toContain('made and cut');
  });

  it('delay, hang and reset the connection', async () => {
    const get = (timeout: number) =>
      fetch(`${tenant.origin}/.well-known/jwks.json`, { signal: AbortSignal.timeout(timeout) });
    tenant.switches.faults = { '/.well-known/jwks.json': { delayMs: 50 } };
    const start = performance.now();
    expect((await get(5000)).status).toBe(200);
    expect(performance.now() - start).toBeGreaterThan(45);
    tenant.switches.faults = { '/.well-known/jwks.json': { hang: true } };
    await expect(get(100)).rejects.toThrow(/timeout/i);
    tenant.switches.faults = { '/.well-known/jwks.json': { reset: true } };
    await expect(get(5000)).rejects.toThrow(/fetch failed/);
  });
});

describe('from outside the process', () => {
  const local = (path: string, init?: RequestInit) => fetch(`${tenant.origin}/_local${path}`, init);
  const patch = (body: unknown) =>
    local('/switches', {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  it('switches are read, patched and reset', async () => {
    const patched = await (await patch({ emitIss: true, faults: { '/userinfo': { status: 500 } } })).json();
    expect(patched).toMatchObject({ emitIss: true, faults: { '/userinfo': { status: 500 } } });
    expect(tenant.switches.emitIss).toBe(true);
    await patch({ emitIss: null, faults: null });
    expect(await (await local('/switches')).json()).toEqual(JSON.parse(JSON.stringify(defaultSwitches)));
  });

  it('an unknown switch is refused', async () => {
    expect((await patch({ emitISS: true })).status).toBe(400);
  });

  it('requests and applications are listed and keys rotated', async () => {
    await fetch(`${tenant.origin}/.well-known/jwks.json`);
    const requests = await (await local('/requests')).json();
    expect(requests.at(-1)).toEqual({ method: 'GET', path: '/.well-known/jwks.json', status: 200 });
    expect(tenant.requests.at(-1)).toEqual(requests.at(-1));
    expect(lines.at(-1)).toMatchObject({ path: '/.well-known/jwks.json', durationMs: expect.any(Number) });
    expect(await (await local('/applications')).json()).toHaveLength(tenant.applications().length);
    expect((await local('/rotate-keys', { method: 'POST' })).status).toBe(204);
  });

  it('no line has a query, secret or token', async () => {
    await tokens(tenant, await newClient(tenant));
    expect(JSON.stringify(lines)).not.toMatch(/\?|secret|code=|eyJ/);
  });
});

describe('starting and ending', () => {
  it('rejects when the port is in use', async () => {
    const port = Number(new URL(tenant.origin).port);
    const managementClient = { id: 'x', secret: 'y' };
    await expect(startTenant({ port, managementClient })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('unplugged, connections are refused until it is back, with all that it knew', async () => {
    const clientId = await newClient(tenant);
    const putBack = await tenant.unplug();
    const keys = () => fetch(`${tenant.origin}/.well-known/jwks.json`);
    await expect(keys()).rejects.toThrow(/fetch failed/);
    await putBack();
    expect((await keys()).status).toBe(200);
    expect(tenant.applications().map(({ client_id }) => client_id)).toContain(clientId);
  });

  it('an intercepted request can be dropped before it is processed', async () => {
    const paths: string[] = [];
    tenant.intercept = async (path) => {
      paths.push(path);
      return 'drop';
    };
    await expect(fetch(`${tenant.origin}/userinfo?x=1`)).rejects.toThrow(/fetch failed/);
    tenant.intercept = undefined;
    expect(paths).toEqual(['/userinfo']);
  });

  it('stops although a request hangs', async () => {
    const doomed = await newTenant();
    doomed.switches.faults = { '/userinfo': { hang: true } };
    const hanging = fetch(`${doomed.origin}/userinfo`).catch(() => 'cut');
    await new Promise((resolve) => setTimeout(resolve, 30));
    await doomed.close();
    expect(await hanging).toBe('cut');
  });
});
