import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tenant } from '../../../dev/auth0/tenant.ts';
import { openBrowser } from './browser.ts';
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
      'a confidential client without its secret',
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
      'a scope that the client grant does not have',
      {
        grant_type: 'client_credentials',
        ...machine,
        audience: 'MANAGEMENT',
        scope: 'read:clients read:everything read:nothing',
      },
      403,
      'access_denied',
      'Client has not been granted scopes: read:everything, read:nothing',
    ],
    [
      'a grant type that the client does not have',
      { grant_type: 'refresh_token', refresh_token: 'r', ...machine },
      403,
      'unauthorized_client',
      "Grant type 'refresh_token' not allowed for the client.",
    ],
  ])('%s', async (_name, params, status, error, error_description) => {
    const sent = {
      ...params,
      ...(params.client_id === 'SPA' ? { client_id: clientId } : {}),
      ...(params.audience === 'MANAGEMENT' ? { audience: `${tenant.issuer}api/v2/` } : {}),
    };
    const answer = await postForm(tenant, '/oauth/token', sent);
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({ error, error_description });
  });

  it('the secret of an application that authenticates with a key', async () => {
    const { body } = await manage(tenant, 'POST', '/clients', {
      name: 'Key holder',
      app_type: 'non_interactive',
      client_authentication_methods: { private_key_jwt: { credentials: [] } },
    });
    const answer = await postForm(tenant, '/oauth/token', {
      grant_type: 'client_credentials',
      client_id: String(body.client_id),
      client_secret: String(body.client_secret),
      audience: api,
    });
    expect([answer.status, answer.body.error]).toEqual([401, 'access_denied']);
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
  ])('is refused with %s and stays valid', async (_name, params, error, error_description) => {
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

  it('can be exchanged with JSON, and by a confidential client with Basic', async () => {
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

  it('are for /userinfo too, if openid was requested', async () => {
    const { access_token, id_token } = await tokens(tenant, clientId, {
      scope: 'openid mcp:read',
      nonce: 'n',
    });
    expect(decodeJwt(String(access_token)).aud).toEqual([api, `${tenant.issuer}userinfo`]);
    expect(decodeJwt(String(id_token))).toMatchObject({ iss: tenant.issuer, aud: clientId, nonce: 'n' });
  });

  it('list permissions with RBAC only, and then have no scope beyond them', async () => {
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

  it.each(['HS256', 'PS256', 'RS512'])('are signed with %s if the API says so', async (signing_alg) => {
    await manage(tenant, 'PATCH', apiPath, { signing_alg });
    const token = String((await tokens(tenant, clientId)).access_token);
    expect(decodeProtectedHeader(token).alg).toBe(signing_alg);
    await manage(tenant, 'PATCH', apiPath, { signing_alg: 'RS256' });
    expect((await manage(tenant, 'GET', apiPath)).body).not.toHaveProperty('signing_secret');
  });

  it('for the Management API have none of its scopes when a user signs in', async () => {
    const audience = `${tenant.issuer}api/v2/`;
    const browser = openBrowser(tenant.origin);
    const page = await signIn(tenant, clientId, { audience, scope: 'read:clients update:users' }, browser);
    const { body } = await exchange(tenant, clientId, await browser.submit(page, { action: 'accept' }));
    expect(body).not.toHaveProperty('scope');
    const answer = await manage(tenant, 'GET', '/clients', undefined, String(body.access_token));
    expect([answer.status, answer.body.errorCode]).toEqual([403, 'insufficient_scope']);
  });

  it('of an application itself have it as subject', async () => {
    expect(decodeJwt(await managementToken(tenant))).toMatchObject({
      iss: tenant.issuer,
      sub: `${machine.client_id}@clients`,
      azp: machine.client_id,
      aud: `${tenant.issuer}api/v2/`,
      gty: 'client-credentials',
    });
    const narrow = decodeJwt(await managementToken(tenant, { scope: 'read:clients' }));
    expect(narrow.scope).toBe('read:clients');
  });
});
