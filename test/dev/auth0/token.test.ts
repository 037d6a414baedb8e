import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tenant } from '../../../dev/auth0/tenant.ts';
import {
  api,
  exchange,
  manage,
  managementClient,
  managementToken,
  newClient,
  newTenant,
  postForm,
  signIn,
  spa,
  tokens,
  verifier,
} from './fixture.ts';

let tenant: Tenant;
let clientId: string;
beforeAll(async () => {
  tenant = await newTenant();
  clientId = await newClient(tenant);
});
afterAll(() => tenant.close());

const apiPath = `/resource-servers/${encodeURIComponent(api)}`;
const machine = { client_id: managementClient.id, client_secret: managementClient.secret };

describe('the token endpoint refuses', () => {
  const code = { grant_type: 'authorization_code', code: 'c', redirect_uri: 'r', code_verifier: 'v' };
  it.each<[string, Record<string, string>, number, string, string]>([
    ['no grant type', {}, 400, 'invalid_request', 'Missing required parameter: grant_type'],
    [
      'an unknown grant type',
      { grant_type: 'constructor' },
      400,
      'unsupported_grant_type',
      'Unsupported grant type: constructor',
    ],
    [
      'no code',
      { grant_type: 'authorization_code' },
      400,
      'invalid_request',
      'Missing required parameter: code',
    ],
    ['an unknown client', { ...code, client_id: 'nobody' }, 401, 'access_denied', 'Unauthorized'],
    ['no client', code, 401, 'access_denied', 'Unauthorized'],
    [
      'a public client without a verifier',
      { ...code, code_verifier: '', client_id: 'SPA' },
      401,
      'access_denied',
      'Unauthorized',
    ],
    ['an unknown code', { ...code, client_id: 'SPA' }, 403, 'invalid_grant', 'Invalid authorization code'],
    [
      'an unknown refresh token',
      { grant_type: 'refresh_token', refresh_token: 'r', client_id: 'SPA' },
      403,
      'invalid_grant',
      'Unknown or invalid refresh token.',
    ],
    [
      'a wrong secret',
      { grant_type: 'client_credentials', ...machine, client_secret: 'wrong' },
      401,
      'access_denied',
      'Unauthorized',
    ],
    [
      'a secret client without its secret',
      { grant_type: 'client_credentials', client_id: machine.client_id },
      401,
      'access_denied',
      'Unauthorized',
    ],
    [
      'no audience',
      { grant_type: 'client_credentials', ...machine },
      403,
      'access_denied',
      'Non-global clients are not allowed access to APIv1',
    ],
    [
      'an unknown audience',
      { grant_type: 'client_credentials', ...machine, audience: 'https://x' },
      403,
      'access_denied',
      'Service not enabled within domain: https://x',
    ],
    [
      'an API without a client grant',
      { grant_type: 'client_credentials', ...machine, audience: api },
      403,
      'access_denied',
      `Client "${machine.client_id}" is not authorized to access resource server "${api}". You need to create a "client-grant" associated to this API.`,
    ],
    [
      'a grant type the client lacks',
      { grant_type: 'refresh_token', refresh_token: 'r', ...machine },
      403,
      'unauthorized_client',
      "Grant type 'refresh_token' not allowed for the client.",
    ],
  ])('%s', async (_name, params, status, error, error_description) => {
    const sent = params.client_id === 'SPA' ? { ...params, client_id: clientId } : params;
    const answer = await postForm(tenant, '/oauth/token', sent);
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({ error, error_description });
  });

  it.each([
    ['broken JSON', 'application/json', '{'],
    ['values that are not strings', 'application/json', '{"grant_type":{}}'],
    ['a repeated parameter', 'application/x-www-form-urlencoded', 'grant_type=a&grant_type=b'],
    ['another content type', 'text/plain', 'grant_type=refresh_token'],
  ])('%s', async (_name, type, body) => {
    const headers = { 'content-type': type };
    const response = await fetch(`${tenant.origin}/oauth/token`, { method: 'POST', headers, body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: 'invalid_request' });
  });
});

describe('a code', () => {
  it('works once', async () => {
    const visit = await signIn(tenant, clientId);
    expect((await exchange(tenant, clientId, visit)).status).toBe(200);
    const again = await exchange(tenant, clientId, visit);
    expect([again.status, again.body.error_description]).toEqual([403, 'Invalid authorization code']);
  });

  it.each([
    [
      'another verifier',
      { code_verifier: 'x'.repeat(43) },
      'invalid_grant',
      'Failed to verify code verifier',
    ],
    ['a malformed verifier', { code_verifier: 'short' }, 'invalid_grant', 'Failed to verify code verifier'],
    [
      'another redirect_uri',
      { redirect_uri: 'http://localhost:2/x' },
      'unauthorized_client',
      'The redirect URI is wrong. You sent http://localhost:2/x, and we expected http://localhost:1/callback',
    ],
  ])('is refused with %s and survives the attempt', async (_name, params, error, error_description) => {
    const visit = await signIn(tenant, clientId);
    const refused = await exchange(tenant, clientId, visit, params);
    expect(refused.status).toBe(403);
    expect(refused.body).toEqual({ error, error_description });
    expect((await exchange(tenant, clientId, visit)).status).toBe(200);
  });

  it('is refused from another client', async () => {
    const refused = await exchange(tenant, await newClient(tenant), await signIn(tenant, clientId));
    expect(refused.body.error_description).toBe('Invalid authorization code');
  });

  it('may be exchanged with JSON, and by a secret client with Basic', async () => {
    const secretive = await manage(tenant, 'POST', '/clients', {
      ...spa,
      app_type: 'regular_web',
      token_endpoint_auth_method: 'client_secret_basic',
    });
    const id = String(secretive.body.client_id);
    const connections = (await manage(tenant, 'GET', '/connections')).body as unknown as { id: string }[];
    await manage(tenant, 'PATCH', `/connections/${connections[0]?.id}/clients`, [
      { client_id: id, status: true },
    ]);
    const visit = await signIn(tenant, id);
    const response = await fetch(`${tenant.origin}/oauth/token`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Basic ${btoa(`${id}:${secretive.body.client_secret}`)}`,
      },
      body: JSON.stringify({
        grant_type: 'authorization_code',
        code: visit.left?.searchParams.get('code'),
        redirect_uri: 'http://localhost:1/callback',
        code_verifier: verifier,
      }),
    });
    expect(response.status).toBe(200);
  });
});

describe('refresh tokens', () => {
  const refresh = (refresh_token: unknown, params: Record<string, string> = {}, id = clientId) =>
    postForm(tenant, '/oauth/token', {
      grant_type: 'refresh_token',
      client_id: id,
      refresh_token: String(refresh_token),
      ...params,
    });
  const noLeeway = () => newClient(tenant, { refresh_token: { ...spa.refresh_token, leeway: 0 } });

  it('rotate', async () => {
    const first = await tokens(tenant, clientId);
    const { status, body } = await refresh(first.refresh_token);
    expect(status).toBe(200);
    expect(body).toMatchObject({ scope: 'mcp:read offline_access', expires_in: 86400, token_type: 'Bearer' });
    expect(body.refresh_token).not.toBe(first.refresh_token);
    expect(decodeJwt(String(body.access_token)).aud).toBe(api);
  });

  it('used a second time revoke the whole family', async () => {
    const id = await noLeeway();
    const first = await tokens(tenant, id);
    const second = await refresh(first.refresh_token, {}, id);
    expect((await refresh(first.refresh_token, {}, id)).status).toBe(403);
    expect((await refresh(second.body.refresh_token, {}, id)).body).toEqual({
      error: 'invalid_grant',
      error_description: 'Unknown or invalid refresh token.',
    });
  });

  it('and leave another sign-in of the same client alone', async () => {
    const id = await noLeeway();
    const [one, two] = [await tokens(tenant, id), await tokens(tenant, id)];
    await refresh(one.refresh_token, {}, id);
    await refresh(one.refresh_token, {}, id);
    expect((await refresh(two.refresh_token, {}, id)).status).toBe(200);
  });

  it('within the leeway are accepted again, but only the one immediately before the newest', async () => {
    const first = await tokens(tenant, clientId);
    const [second, twin] = await Promise.all([refresh(first.refresh_token), refresh(first.refresh_token)]);
    expect([second.status, twin.status]).toEqual([200, 200]);
    const third = await refresh(second.body.refresh_token);
    expect(third.status).toBe(200);
    expect((await refresh(first.refresh_token)).status).toBe(403);
    expect((await refresh(third.body.refresh_token)).status).toBe(403);
  });

  it('expire', async () => {
    const brief = await newClient(tenant, {
      refresh_token: { ...spa.refresh_token, token_lifetime: 1, idle_token_lifetime: 1 },
    });
    const { refresh_token } = await tokens(tenant, brief);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect((await refresh(refresh_token, {}, brief)).status).toBe(403);
  });

  it('stay the same, and are not repeated, where rotation is off', async () => {
    const id = await newClient(tenant, { refresh_token: undefined });
    const { refresh_token } = await tokens(tenant, id);
    for (const _ of [1, 2]) {
      const { status, body } = await refresh(refresh_token, {}, id);
      expect(status).toBe(200);
      expect(body).not.toHaveProperty('refresh_token');
    }
  });

  it('narrow the scope on request but never widen it', async () => {
    const { refresh_token } = await tokens(tenant, clientId, { scope: 'mcp:read mcp:write offline_access' });
    const { body } = await refresh(refresh_token, { scope: 'mcp:read mcp:admin' });
    expect(body.scope).toBe('mcp:read');
    const whole = await refresh(body.refresh_token);
    expect(whole.body.scope).toBe('mcp:read mcp:write offline_access');
  });

  it('are refused from another client', async () => {
    const { refresh_token } = await tokens(tenant, clientId);
    expect((await refresh(refresh_token, {}, await newClient(tenant))).status).toBe(403);
  });

  it('die with their application', async () => {
    const id = await newClient(tenant);
    const { refresh_token } = await tokens(tenant, id);
    expect((await manage(tenant, 'DELETE', `/clients/${id}`)).status).toBe(204);
    expect((await refresh(refresh_token, {}, id)).status).toBe(401);
  });

  it('are revoked with their family, by form and by JSON; anything else is 200 and does nothing', async () => {
    const first = await tokens(tenant, clientId);
    const second = await refresh(first.refresh_token);
    const foreign = { client_id: await newClient(tenant), token: String(second.body.refresh_token) };
    expect((await postForm(tenant, '/oauth/revoke', foreign)).status).toBe(200);
    const access = { client_id: clientId, token: String(second.body.access_token) };
    expect((await postForm(tenant, '/oauth/revoke', access)).status).toBe(200);
    const third = await refresh(second.body.refresh_token);
    expect(third.status).toBe(200);
    const response = await fetch(`${tenant.origin}/oauth/revoke`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ client_id: clientId, token: third.body.refresh_token }),
    });
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect((await refresh(third.body.refresh_token)).status).toBe(403);
  });

  it.each([
    ['no token', { client_id: 'SPA' }, 400],
    ['an unknown client', { client_id: 'nobody', token: 't' }, 401],
  ])('revocation refuses %s', async (_name, params, status) => {
    const sent = params.client_id === 'SPA' ? { client_id: clientId } : params;
    expect((await postForm(tenant, '/oauth/revoke', sent)).status).toBe(status);
  });
});

describe('access tokens', () => {
  it.each([
    ['access_token', 'JWT', ['azp', 'aud', 'exp', 'iat', 'iss', 'scope', 'sub']],
    ['access_token_authz', 'JWT', ['azp', 'aud', 'exp', 'iat', 'iss', 'permissions', 'scope', 'sub']],
    ['rfc9068_profile', 'at+jwt', ['aud', 'client_id', 'exp', 'iat', 'iss', 'jti', 'scope', 'sub']],
    [
      'rfc9068_profile_authz',
      'at+jwt',
      ['aud', 'client_id', 'exp', 'iat', 'iss', 'jti', 'permissions', 'scope', 'sub'],
    ],
  ])('in the dialect %s have typ %s and its claims', async (token_dialect, typ, claims) => {
    await manage(tenant, 'PATCH', apiPath, { token_dialect });
    const token = String((await tokens(tenant, clientId)).access_token);
    const header = decodeProtectedHeader(token);
    expect(header).toEqual({ alg: 'RS256', typ, kid: expect.any(String) });
    expect(Object.keys(decodeJwt(token)).sort()).toEqual(claims.toSorted());
    await manage(tenant, 'PATCH', apiPath, { token_dialect: 'rfc9068_profile_authz' });
  });

  it('are for /userinfo too when openid was asked for', async () => {
    const { access_token, id_token } = await tokens(tenant, clientId, {
      scope: 'openid mcp:read',
      nonce: 'n',
    });
    expect(decodeJwt(String(access_token)).aud).toEqual([api, `${tenant.issuer}userinfo`]);
    expect(decodeJwt(String(id_token))).toMatchObject({ iss: tenant.issuer, aud: clientId, nonce: 'n' });
  });

  it('list permissions only under RBAC, and then grant no scope beyond them', async () => {
    const users = [{ email: 'r@example.com', password: 'r', name: 'Reader', permissions: ['mcp:read'] }];
    const rbac = await newTenant({ users });
    const id = await newClient(rbac);
    const user = { username: 'r@example.com', password: 'r' };
    const visit = await signIn(rbac, id, { scope: 'mcp:read mcp:write' }, undefined, user);
    const { body } = await exchange(rbac, id, visit);
    expect(decodeJwt(String(body.access_token))).toMatchObject({
      scope: 'mcp:read',
      permissions: ['mcp:read'],
    });
    await manage(rbac, 'PATCH', apiPath, { enforce_policies: false });
    const second = await signIn(rbac, id, { scope: 'mcp:read mcp:write' }, undefined, user);
    const claims = decodeJwt(String((await exchange(rbac, id, second)).body.access_token));
    expect(claims.scope).toBe('mcp:read mcp:write');
    expect(claims).not.toHaveProperty('permissions');
    await rbac.close();
  });

  it('of an application itself name it as subject', async () => {
    expect(decodeJwt(await managementToken(tenant))).toMatchObject({
      iss: tenant.issuer,
      sub: `${machine.client_id}@clients`,
      azp: machine.client_id,
      aud: `${tenant.issuer}api/v2/`,
      gty: 'client-credentials',
    });
    const narrow = decodeJwt(await managementToken(tenant, { scope: 'read:clients read:everything' }));
    expect(narrow.scope).toBe('read:clients');
  });
});
