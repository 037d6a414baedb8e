import type { ManagementClient } from 'auth0';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Tenant } from '../../../dev/auth0/tenant.ts';
import {
  admin,
  all,
  api,
  manage,
  managementSdk,
  newClient,
  newTenant,
  postForm,
  refresh,
  refusedRefresh,
  spa,
  tokens,
} from './fixture.ts';

let tenant: Tenant;
let management: ManagementClient;
let userId: string;
beforeAll(async () => {
  tenant = await newTenant();
  management = managementSdk(tenant);
  userId = tenant.users.find(({ email }) => email === 'demo@example.com')?.user_id ?? '';
});
afterEach(() => {
  tenant.switches.enterprisePlan = false;
});
afterAll(() => tenant.close());

const nonRotating = { refresh_token: { ...spa.refresh_token, rotation_type: 'non-rotating' } };
const statusOf = async (id: string, token: unknown) => (await refresh(tenant, id, token)).status;
const revoke = (id: string, token: unknown) =>
  postForm(tenant, '/oauth/revoke', { client_id: id, token: String(token) });

describe('POST /oauth/revoke', () => {
  it('revokes a refresh token with its family, sent as a form or as JSON', async () => {
    const id = await newClient(tenant);
    const [first, other] = [await tokens(tenant, id), await tokens(tenant, id)];
    const second = await refresh(tenant, id, first.refresh_token);
    expect((await revoke(id, first.refresh_token)).status).toBe(200);
    expect((await refresh(tenant, id, second.body.refresh_token)).body).toEqual(refusedRefresh);
    const response = await fetch(`${tenant.origin}/oauth/revoke`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ client_id: id, token: other.refresh_token }),
    });
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(await statusOf(id, other.refresh_token)).toBe(403);
  });

  it('answers 200 and does nothing for any other token', async () => {
    const id = await newClient(tenant);
    const { refresh_token, access_token } = await tokens(tenant, id);
    const answers = [await revoke(id, 'unknown'), await revoke(id, access_token)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const refreshed = await refresh(tenant, id, refresh_token);
    expect(refreshed.status).toBe(200);
    await revoke(id, refreshed.body.refresh_token);
    expect((await revoke(id, refreshed.body.refresh_token)).status).toBe(200);
  });

  it('refuses a token of another application, which stays valid', async () => {
    const id = await newClient(tenant);
    const { refresh_token } = await tokens(tenant, id);
    const refused = await revoke(await newClient(tenant), refresh_token);
    expect([refused.status, refused.body.error]).toEqual([400, 'invalid_grant']);
    expect(await statusOf(id, refresh_token)).toBe(200);
  });

  it.each([
    ['no token', { client_id: 'SPA' }, 400],
    ['an unknown client', { client_id: 'nobody', token: 't' }, 401],
  ])('refuses %s', async (_name, params, status) => {
    const sent = params.client_id === 'SPA' ? { client_id: await newClient(tenant) } : params;
    expect((await postForm(tenant, '/oauth/revoke', sent)).status).toBe(status);
  });

  it('does not affect the user’s other sign-ins, except on tenants that delete the grant too', async () => {
    const id = await newClient(tenant);
    const made = [await tokens(tenant, id), await tokens(tenant, id), await tokens(tenant, id)];
    await revoke(id, made[0]?.refresh_token);
    const second = await refresh(tenant, id, made[1]?.refresh_token);
    expect(second.status).toBe(200);
    await management.tenants.settings.update({ flags: { revoke_refresh_token_grant: true } });
    await revoke(id, second.body.refresh_token);
    await management.tenants.settings.update({ flags: { revoke_refresh_token_grant: false } });
    expect(await statusOf(id, made[2]?.refresh_token)).toBe(403);
  });
});

describe('grants', () => {
  it('are one for each user, application and API, and end all of a user’s refresh tokens when deleted', async () => {
    const [one, two] = [await newClient(tenant), await newClient(tenant, nonRotating)];
    const made = [
      await tokens(tenant, one),
      await tokens(tenant, one, { scope: 'mcp:write offline_access' }),
      await tokens(tenant, two),
    ];
    const someoneElse = await tokens(tenant, two, {}, admin);
    const grants = await all(management.userGrants.list({ user_id: userId, client_id: one }));
    expect(grants).toEqual([
      {
        id: expect.any(String),
        clientID: one,
        user_id: userId,
        audience: api,
        scope: ['mcp:read', 'offline_access', 'mcp:write'],
      },
    ]);
    await management.userGrants.deleteByUserId({ user_id: userId });
    for (const [index, id] of [one, one, two].entries()) {
      expect((await refresh(tenant, id, made[index]?.refresh_token)).body).toEqual(refusedRefresh);
    }
    expect(await all(management.userGrants.list({ user_id: userId }))).toEqual([]);
    expect(await statusOf(two, someoneElse.refresh_token)).toBe(200);
  });

  it('can be deleted one by one', async () => {
    const [one, two] = [await newClient(tenant), await newClient(tenant)];
    const [first, second] = [await tokens(tenant, one), await tokens(tenant, two)];
    const [grant] = await all(management.userGrants.list({ client_id: one, audience: api }));
    await management.userGrants.delete(grant?.id ?? '');
    expect(await statusOf(one, first.refresh_token)).toBe(403);
    expect(await statusOf(two, second.refresh_token)).toBe(200);
  });

  it('cannot be deleted without naming a user', async () => {
    expect((await manage(tenant, 'DELETE', '/grants')).status).toBe(400);
  });
});

describe('device credentials', () => {
  it('list a user’s refresh tokens by type, but not the tokens themselves', async () => {
    const [rotating, fixed] = [await newClient(tenant), await newClient(tenant, nonRotating)];
    const made = [await tokens(tenant, rotating), await tokens(tenant, fixed)];
    await refresh(tenant, rotating, made[0]?.refresh_token);
    const list = (type?: 'refresh_token' | 'rotating_refresh_token') =>
      all(management.deviceCredentials.list({ user_id: userId, client_id: fixed, ...(type && { type }) }));
    const credential = {
      id: expect.stringMatching(/^dcr_/),
      device_name: expect.any(String),
      type: 'refresh_token',
      user_id: userId,
      client_id: fixed,
    };
    expect(await list('refresh_token')).toEqual([credential]);
    expect(await list('rotating_refresh_token')).toEqual([]);
    const ofRotating = { user_id: userId, client_id: rotating, type: 'rotating_refresh_token' } as const;
    expect(await all(management.deviceCredentials.list(ofRotating))).toMatchObject([{ client_id: rotating }]);
    const raw = await manage(tenant, 'GET', `/device-credentials?user_id=${encodeURIComponent(userId)}`);
    expect(raw.body).toContainEqual(credential);
    expect(JSON.stringify(raw.body)).not.toContain(made[1]?.refresh_token);
  });

  it.each([
    ['an unknown type', '&type=access_token', 'invalid_query_string'],
    ['a page beyond the first thousand', '&type=refresh_token&page=10&per_page=100', 'invalid_paging'],
    ['a page of 101', '&type=refresh_token&per_page=101', 'invalid_query_string'],
    ['a checkpoint', '&take=10', 'invalid_query_string'],
  ])('are not listed with %s', async (_name, query, errorCode) => {
    const path = `/device-credentials?user_id=${encodeURIComponent(userId)}${query}`;
    expect((await manage(tenant, 'GET', path)).body).toMatchObject({ statusCode: 400, errorCode });
  });

  it('revoke the token when deleted, and can be deleted twice', async () => {
    const id = await newClient(tenant, nonRotating);
    const { refresh_token } = await tokens(tenant, id);
    const query = { user_id: userId, client_id: id, type: 'refresh_token' } as const;
    const [credential] = await all(management.deviceCredentials.list(query));
    for (const _ of [1, 2]) await management.deviceCredentials.delete(credential?.id ?? '');
    expect(await statusOf(id, refresh_token)).toBe(403);
    expect(await all(management.deviceCredentials.list(query))).toEqual([]);
  });
});

describe('/users/{id}/refresh-tokens', () => {
  it('needs an Enterprise plan', async () => {
    for (const answer of [
      management.users.refreshToken.list(userId),
      management.users.refreshToken.delete(userId),
    ]) {
      await expect(answer).rejects.toMatchObject({ statusCode: 403 });
    }
  });

  it('lists and deletes a user’s refresh tokens there', async () => {
    tenant.switches.enterprisePlan = true;
    await management.users.refreshToken.delete(userId);
    const id = await newClient(tenant, nonRotating);
    const { refresh_token } = await tokens(tenant, id);
    await refresh(tenant, id, refresh_token);
    expect(await all(management.users.refreshToken.list(userId, { take: 1 }))).toEqual([
      {
        id: expect.any(String),
        user_id: userId,
        client_id: id,
        created_at: expect.any(String),
        idle_expires_at: expect.any(String),
        last_exchanged_at: expect.any(String),
        rotating: false,
        resource_servers: [{ audience: api, scopes: 'mcp:read offline_access' }],
      },
    ]);
    await management.users.refreshToken.delete(userId);
    expect(await statusOf(id, refresh_token)).toBe(403);
    await expect(management.users.refreshToken.list('auth0|nobody')).rejects.toMatchObject({
      statusCode: 404,
    });
  });
});
