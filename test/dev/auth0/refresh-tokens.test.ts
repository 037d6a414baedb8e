import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { defaultSwitches } from '../../../dev/auth0/switches.ts';
import type { Tenant } from '../../../dev/auth0/tenant.ts';
import { openBrowser } from './browser.ts';
import {
  admin,
  api,
  exchange,
  manage,
  newClient,
  newTenant,
  refresh,
  refusedRefresh,
  signIn,
  spa,
  tokens,
} from './fixture.ts';

let tenant: Tenant;
let clientId: string;
beforeAll(async () => {
  tenant = await newTenant();
  clientId = await newClient(tenant);
});
afterEach(() => {
  Object.assign(tenant.switches, structuredClone(defaultSwitches));
});
afterAll(() => tenant.close());

const rotating = spa.refresh_token;
const nonRotating = { ...rotating, rotation_type: 'non-rotating' };
const newClientWith = (settings: object) =>
  newClient(tenant, { refresh_token: { ...rotating, ...settings } });
const setRotation = (id: string, settings: object) =>
  manage(tenant, 'PATCH', `/clients/${id}`, { refresh_token: settings });
const statusOf = async (id: string, token: unknown) => (await refresh(tenant, id, token)).status;

describe('rotating refresh tokens', () => {
  it('are replaced by each exchange', async () => {
    const first = await tokens(tenant, clientId);
    const { status, body } = await refresh(tenant, clientId, first.refresh_token);
    expect(status).toBe(200);
    expect(body).toMatchObject({ scope: 'mcp:read offline_access', expires_in: 86400, token_type: 'Bearer' });
    expect(body.refresh_token).not.toBe(first.refresh_token);
    expect(decodeJwt(String(body.access_token)).aud).toBe(api);
  });

  it('revoke their whole family if one is used a second time', async () => {
    const id = await newClientWith({ leeway: 0 });
    const first = await tokens(tenant, id);
    const second = await refresh(tenant, id, first.refresh_token);
    expect(await statusOf(id, first.refresh_token)).toBe(403);
    expect((await refresh(tenant, id, second.body.refresh_token)).body).toEqual(refusedRefresh);
  });

  it('of another sign-in keep working then', async () => {
    const id = await newClientWith({ leeway: 0 });
    const [one, two] = [await tokens(tenant, id), await tokens(tenant, id)];
    await refresh(tenant, id, one.refresh_token);
    await refresh(tenant, id, one.refresh_token);
    expect(await statusOf(id, two.refresh_token)).toBe(200);
  });

  it('are accepted again within the leeway, but only the one immediately before the newest', async () => {
    const first = await tokens(tenant, clientId);
    const [second, twin] = await Promise.all([
      refresh(tenant, clientId, first.refresh_token),
      refresh(tenant, clientId, first.refresh_token),
    ]);
    expect([second.status, twin.status]).toEqual([200, 200]);
    const third = await refresh(tenant, clientId, second.body.refresh_token);
    expect(third.status).toBe(200);
    expect(await statusOf(clientId, first.refresh_token)).toBe(403);
    expect(await statusOf(clientId, third.body.refresh_token)).toBe(403);
  });

  it('are not accepted again after the leeway', async () => {
    const { refresh_token } = await tokens(tenant, clientId);
    await refresh(tenant, clientId, refresh_token);
    tenant.advance(rotating.leeway + 1);
    expect(await statusOf(clientId, refresh_token)).toBe(403);
  });
});

describe('non-rotating refresh tokens', () => {
  it('stay the same and are not repeated in the response', async () => {
    const id = await newClientWith(nonRotating);
    const { refresh_token } = await tokens(tenant, id);
    expect(refresh_token).toEqual(expect.any(String));
    for (const _ of [1, 2, 3]) {
      const { status, body } = await refresh(tenant, id, refresh_token);
      expect(status).toBe(200);
      expect(body).not.toHaveProperty('refresh_token');
      expect(body.access_token).toEqual(expect.any(String));
    }
  });

  it('can be exchanged several times at once', async () => {
    const id = await newClientWith(nonRotating);
    const { refresh_token } = await tokens(tenant, id);
    const answers = await Promise.all(Array.from({ length: 8 }, () => statusOf(id, refresh_token)));
    expect(answers).toEqual(Array(8).fill(200));
  });

  it('live as long as they are exchanged within the idle lifetime, up to the absolute lifetime', async () => {
    const id = await newClientWith({ ...nonRotating, token_lifetime: 1000, idle_token_lifetime: 400 });
    const { refresh_token } = await tokens(tenant, id);
    for (const _ of [1, 2, 3]) {
      tenant.advance(300);
      expect(await statusOf(id, refresh_token)).toBe(200);
    }
    tenant.advance(101);
    expect((await refresh(tenant, id, refresh_token)).body).toEqual(refusedRefresh);
  });

  it('end after the idle lifetime without an exchange', async () => {
    const id = await newClientWith({ ...nonRotating, token_lifetime: 1000, idle_token_lifetime: 400 });
    const { refresh_token } = await tokens(tenant, id);
    tenant.advance(401);
    expect(await statusOf(id, refresh_token)).toBe(403);
  });

  it('never end unless the application says so', async () => {
    const id = await newClient(tenant, { refresh_token: undefined });
    const { refresh_token } = await tokens(tenant, id);
    tenant.advance(5 * 365 * 86400);
    expect(await statusOf(id, refresh_token)).toBe(200);
  });
});

describe('an application whose rotation changes', () => {
  it('to non-rotating gets a non-rotating token once, and the old family is revoked', async () => {
    const id = await newClient(tenant);
    const [first, other] = [await tokens(tenant, id), await tokens(tenant, id)];
    const second = await refresh(tenant, id, first.refresh_token);
    await setRotation(id, nonRotating);
    const third = await refresh(tenant, id, second.body.refresh_token);
    expect(third.body.refresh_token).toEqual(expect.any(String));
    expect(third.body.refresh_token).not.toBe(second.body.refresh_token);
    // Within the leeway, but revoked.
    expect(await statusOf(id, second.body.refresh_token)).toBe(403);
    for (const _ of [1, 2]) {
      const { status, body } = await refresh(tenant, id, third.body.refresh_token);
      expect([status, body.refresh_token]).toEqual([200, undefined]);
    }
    expect(await statusOf(id, other.refresh_token)).toBe(200);
  });

  it('to rotating gets a rotating token, and the non-rotating ones of that user and API are deleted', async () => {
    const id = await newClientWith(nonRotating);
    const [first, second] = [await tokens(tenant, id), await tokens(tenant, id)];
    const someoneElse = await tokens(tenant, id, {}, admin);
    await setRotation(id, rotating);
    const { status, body } = await refresh(tenant, id, first.refresh_token);
    expect([status, body.refresh_token]).toEqual([200, expect.any(String)]);
    expect(await statusOf(id, first.refresh_token)).toBe(403);
    expect(await statusOf(id, second.refresh_token)).toBe(403);
    expect(await statusOf(id, someoneElse.refresh_token)).toBe(200);
    expect(await statusOf(id, body.refresh_token)).toBe(200);
  });
});

describe('every refresh token', () => {
  it('ends with its lifetime, on the tenant’s clock', async () => {
    const id = await newClientWith({ token_lifetime: 1000, idle_token_lifetime: 1000 });
    const first = await tokens(tenant, id);
    tenant.advance(600);
    const second = await refresh(tenant, id, first.refresh_token);
    expect(second.status).toBe(200);
    tenant.advance(401);
    expect(await statusOf(id, second.body.refresh_token)).toBe(403);
  });

  it('lives as long as the switches say, for every application', async () => {
    Object.assign(tenant.switches, { refreshTokenLifetimeSeconds: 60, refreshTokenIdleLifetimeSeconds: 40 });
    const { refresh_token } = await tokens(tenant, clientId);
    tenant.advance(30);
    const { body } = await refresh(tenant, clientId, refresh_token);
    tenant.advance(31);
    expect(await statusOf(clientId, body.refresh_token)).toBe(403);
  });

  it('counts towards a limit of 200 for each user and application; beyond it, the oldest is deleted', async () => {
    expect(defaultSwitches.refreshTokensPerUser).toBe(200);
    tenant.switches.refreshTokensPerUser = 2;
    const id = await newClient(tenant);
    const someoneElse = await tokens(tenant, id, {}, admin);
    const browser = openBrowser(tenant.origin);
    const made: unknown[] = [];
    for (const _ of [1, 2, 3]) {
      const visit = await signIn(tenant, id, {}, browser);
      made.push((await exchange(tenant, id, visit)).body.refresh_token);
    }
    expect(await statusOf(id, made[0])).toBe(403);
    expect(await statusOf(id, someoneElse.refresh_token)).toBe(200);
    // A used token does not count: rotating one does not delete the other.
    expect([await statusOf(id, made[1]), await statusOf(id, made[2])]).toEqual([200, 200]);
  });

  it('can narrow the scope of an exchange, but never widen it', async () => {
    const { refresh_token } = await tokens(tenant, clientId, { scope: 'mcp:read mcp:write offline_access' });
    const { body } = await refresh(tenant, clientId, refresh_token, { scope: 'mcp:read mcp:admin' });
    expect(body.scope).toBe('mcp:read');
    const whole = await refresh(tenant, clientId, body.refresh_token);
    expect(whole.body.scope).toBe('mcp:read mcp:write offline_access');
  });

  it('is refused from another client', async () => {
    const { refresh_token } = await tokens(tenant, clientId);
    expect(await statusOf(await newClient(tenant), refresh_token)).toBe(403);
  });

  it('ends with its application', async () => {
    const id = await newClient(tenant);
    const { refresh_token } = await tokens(tenant, id);
    expect((await manage(tenant, 'DELETE', `/clients/${id}`)).status).toBe(204);
    expect(await statusOf(id, refresh_token)).toBe(401);
  });
});
