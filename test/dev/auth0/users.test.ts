import type { ManagementClient } from 'auth0';
import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Tenant } from '../../../dev/auth0/tenant.ts';
import { openBrowser } from './browser.ts';
import {
  admin,
  all,
  api,
  authorizeUrl,
  demo,
  exchange,
  manage,
  managementSdk,
  managementToken,
  newClient,
  newTenant,
  refresh,
  signIn,
  tokens,
} from './fixture.ts';

let tenant: Tenant;
let management: ManagementClient;
let clientId: string;
let userId: string;
beforeAll(async () => {
  tenant = await newTenant();
  management = managementSdk(tenant);
  clientId = await newClient(tenant);
  const [user] = await management.users.listUsersByEmail({ email: 'demo@example.com' });
  userId = user?.user_id ?? '';
});
afterEach(() => patchUser({ blocked: false, permissions: ['mcp:read', 'mcp:write'] }));
afterAll(() => tenant.close());

/** Changes the demo user from outside the process. */
function patchUser(body: unknown, email = 'demo@example.com'): Promise<Response> {
  return fetch(`${tenant.origin}/_local/users/${encodeURIComponent(email)}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

const everything = 'mcp:read mcp:write mcp:admin offline_access';
const claimsOf = (answer: Record<string, unknown>) => decodeJwt(String(answer.access_token));

describe('the users of a new tenant', () => {
  it('are read, listed and found', async () => {
    const user = await management.users.get(userId);
    expect(user).toMatchObject({
      user_id: userId,
      email: 'demo@example.com',
      email_verified: true,
      name: 'Demo User',
      identities: [{ provider: 'auth0', connection: 'Username-Password-Authentication', isSocial: false }],
    });
    expect(user).not.toHaveProperty('password');
    const emails = (await all(management.users.list({ per_page: 2 }))).map(({ email }) => email);
    expect(emails).toEqual([
      'demo@example.com',
      'other@example.com',
      'admin@example.com',
      'demo@gmail.example',
    ]);
    const found = await all(management.users.list({ q: 'email:"admin@example.com"' }));
    expect(found).toMatchObject([{ name: 'Demo Administrator' }]);
    const byConnection = await all(management.users.list({ q: 'identities.connection:"google-oauth2"' }));
    expect(byConnection).toMatchObject([{ email: 'demo@gmail.example' }]);
  });

  it('are not filtered by connection, which only the search engine v1 can', async () => {
    expect(await all(management.users.list({ connection: 'google-oauth2' }))).toHaveLength(4);
  });

  it('are found by an email address in lower case only', async () => {
    expect(await management.users.listUsersByEmail({ email: 'Demo@example.com' })).toEqual([]);
  });

  it('are paged up to the first thousand', async () => {
    const answer = await manage(tenant, 'GET', '/users?page=10&per_page=100');
    expect(answer.body).toMatchObject({ statusCode: 400, errorCode: 'invalid_paging' });
    expect((await manage(tenant, 'GET', '/users?page=9&per_page=100')).status).toBe(200);
  });

  it.each([
    ['get', () => management.users.get('auth0|nobody'), 404, 'inexistent_user'],
    ['update', () => management.users.update('auth0|nobody', { blocked: true }), 404, 'inexistent_user'],
    ['list', () => management.users.list({ q: 'name:*' }), 400, 'invalid_query_string'],
  ])('an invalid request is refused: %s', async (_name, call, statusCode, errorCode) => {
    await expect(call()).rejects.toMatchObject({ statusCode, body: { errorCode } });
  });

  it.each([
    ['GET', '/users', 'read:users'],
    ['GET', '/users-by-email', 'read:users'],
    ['PATCH', '/users/x', 'update:users'],
    ['POST', '/users/x/permissions', 'update:users'],
    ['DELETE', '/users/x/permissions', 'update:users'],
    ['GET', '/grants', 'read:grants'],
    ['DELETE', '/grants', 'delete:grants'],
    ['GET', '/device-credentials', 'read:device_credentials'],
    ['DELETE', '/device-credentials/x', 'delete:device_credentials'],
    ['GET', '/users/x/refresh-tokens', 'read:refresh_tokens'],
    ['DELETE', '/users/x/refresh-tokens', 'delete:refresh_tokens'],
  ])('%s %s needs %s', async (method, path, expected) => {
    const token = await managementToken(tenant, { scope: 'read:clients' });
    const answer = await manage(tenant, method, path, method === 'GET' ? undefined : {}, token);
    expect(answer.body.message).toBe(`Insufficient scope, expected any of: ${expected}`);
  });
});

describe('a blocked user', () => {
  it('cannot sign in, and the client is told why', async () => {
    await management.users.update(userId, { blocked: true });
    expect((await management.users.get(userId)).blocked).toBe(true);
    const { left } = await signIn(tenant, clientId);
    expect(Object.fromEntries(left?.searchParams ?? [])).toEqual({
      error: 'unauthorized',
      error_description: 'user is blocked',
      state: 'client state',
    });
  });

  it('loses the session at the tenant', async () => {
    const browser = openBrowser(tenant.origin);
    await signIn(tenant, clientId, {}, browser);
    await management.users.update(userId, { blocked: true });
    const silent = await browser.open(authorizeUrl(tenant, clientId, { prompt: 'none' }));
    expect(silent.left?.searchParams.get('error')).toBe('login_required');
    const page = await browser.open(authorizeUrl(tenant, clientId));
    expect(page.html).toContain('name="password"');
    const someoneElse = await browser.submit(page, admin);
    expect(someoneElse.left?.searchParams.get('code')).toBeTruthy();
  });

  it('fails at the next refresh and the next code, which work again once unblocked', async () => {
    const { refresh_token } = await tokens(tenant, clientId);
    const visit = await signIn(tenant, clientId);
    await management.users.update(userId, { blocked: true });
    const refusal = { error: 'invalid_grant', error_description: 'user is blocked' };
    for (const answer of [
      await refresh(tenant, clientId, refresh_token),
      await exchange(tenant, clientId, visit),
    ]) {
      expect([answer.status, answer.body]).toEqual([403, refusal]);
    }
    await management.users.update(userId, { blocked: false });
    expect((await refresh(tenant, clientId, refresh_token)).status).toBe(200);
    expect((await exchange(tenant, clientId, visit)).status).toBe(200);
  });

  it('is not revealed to another client that sends the token', async () => {
    const { refresh_token } = await tokens(tenant, clientId);
    await management.users.update(userId, { blocked: true });
    const answer = await refresh(tenant, await newClient(tenant), refresh_token);
    expect(answer.body.error_description).toBe('Unknown or invalid refresh token.');
  });

  it('keeps the access tokens issued before', async () => {
    const { access_token } = await tokens(tenant, clientId, { scope: 'openid', audience: undefined });
    await management.users.update(userId, { blocked: true });
    const headers = { authorization: `Bearer ${access_token}` };
    expect((await fetch(`${tenant.origin}/userinfo`, { headers })).status).toBe(200);
  });
});

describe('permissions', () => {
  it('let an administrator grant mcp:admin, but not an ordinary user', async () => {
    const ordinary = await tokens(tenant, clientId, { scope: everything });
    expect(ordinary.scope).toBe('mcp:read mcp:write offline_access');
    expect(claimsOf(ordinary).permissions).toEqual(['mcp:read', 'mcp:write']);
    const administrator = await tokens(tenant, clientId, { scope: everything }, admin);
    expect(administrator.scope).toBe(everything);
    expect(claimsOf(administrator).permissions).toEqual(['mcp:read', 'mcp:write', 'mcp:admin']);
  });

  it('that are not scopes are the administrator’s alone', async () => {
    const other = await newTenant({ apiPermissions: { 'orders:refund': 'Refund orders' } });
    onTestFinished(other.close);
    const id = await newClient(other);
    const permissions = async (user = demo) => claimsOf(await tokens(other, id, {}, user)).permissions;
    expect(await permissions()).toEqual(['mcp:read', 'mcp:write']);
    expect(await permissions(admin)).toContain('orders:refund');
  });

  it('that are removed give fewer scopes at the next refresh, until they are added again', async () => {
    const first = await tokens(tenant, clientId, { scope: everything });
    const permissions = [{ resource_server_identifier: api, permission_name: 'mcp:write' }];
    await management.users.permissions.delete(userId, { permissions });
    const second = await refresh(tenant, clientId, first.refresh_token);
    expect(second.body.scope).toBe('mcp:read offline_access');
    expect(claimsOf(second.body)).toMatchObject({
      scope: 'mcp:read offline_access',
      permissions: ['mcp:read'],
    });
    await management.users.permissions.create(userId, { permissions });
    const third = await refresh(tenant, clientId, second.body.refresh_token);
    expect(third.body.scope).toBe('mcp:read mcp:write offline_access');
  });

  it('that are added later do not widen an earlier grant', async () => {
    const { refresh_token } = await tokens(tenant, clientId, { scope: everything });
    const permissions = [{ resource_server_identifier: api, permission_name: 'mcp:admin' }];
    await management.users.permissions.create(userId, { permissions });
    const { body } = await refresh(tenant, clientId, refresh_token);
    expect(body.scope).toBe('mcp:read mcp:write offline_access');
    expect((await tokens(tenant, clientId, { scope: everything })).scope).toBe(everything);
  });

  it('are listed with the API that defines them', async () => {
    const listed = await all(management.users.permissions.list(userId));
    expect(listed).toEqual(
      ['mcp:read', 'mcp:write'].map((permission_name) =>
        expect.objectContaining({ permission_name, resource_server_identifier: api }),
      ),
    );
  });

  it('of a user without a list are all except the removed one', async () => {
    const [{ user_id = '' } = {}] = await management.users.listUsersByEmail({ email: 'admin@example.com' });
    const permissions = [{ resource_server_identifier: api, permission_name: 'mcp:admin' }];
    await management.users.permissions.delete(user_id, { permissions });
    const { scope } = await tokens(tenant, clientId, { scope: everything }, admin);
    expect(scope).toBe('mcp:read mcp:write offline_access');
    await patchUser({ permissions: null }, 'admin@example.com');
    expect((await tokens(tenant, clientId, { scope: everything }, admin)).scope).toBe(everything);
  });

  it.each([
    ['an unknown API', 'https://other.example', 'mcp:read', 404],
    ['an unknown permission', api, 'mcp:root', 400],
  ])('are refused for %s', async (_name, resource_server_identifier, permission_name, statusCode) => {
    const permissions = [{ resource_server_identifier, permission_name }];
    const call = management.users.permissions.create(userId, { permissions });
    await expect(call).rejects.toMatchObject({ statusCode });
  });
});

describe('from outside the process', () => {
  it('users are listed without passwords, and blocked or given permissions', async () => {
    const patched = await patchUser({ blocked: true, permissions: [] });
    const user = { user_id: userId, email: demo.username, name: 'Demo User', blocked: true, permissions: [] };
    expect(await patched.json()).toEqual(user);
    const listed = await (await fetch(`${tenant.origin}/_local/users`)).json();
    expect(listed).toContainEqual(user);
    expect(JSON.stringify(listed)).not.toContain('password');
    expect(tenant.users.find(({ email }) => email === demo.username)).toMatchObject({ blocked: true });
  });

  it.each([
    ['an unknown user', { blocked: true }, 'nobody@example.com', 404],
    ['an unknown property', { password: 'x' }, 'demo@example.com', 400],
    ['a body that is not an object', 'blocked', 'demo@example.com', 400],
  ])('%s is refused', async (_name, body, email, status) => {
    expect((await patchUser(body, email)).status).toBe(status);
  });
});
