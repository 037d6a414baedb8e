import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { defaultSwitches } from '../../../dev/auth0/switches.ts';
import type { Tenant } from '../../../dev/auth0/tenant.ts';
import { openBrowser } from './browser.ts';
import {
  api,
  authorizeUrl,
  callback,
  exchange,
  manage,
  newClient,
  newTenant,
  signIn,
  tokens,
  verifier,
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

const open = (params: Record<string, string | undefined>, id = clientId) =>
  openBrowser(tenant.origin).open(authorizeUrl(tenant, id, params));

const answered = async (params: Record<string, string | undefined>, id = clientId) =>
  Object.fromEntries((await open(params, id)).left?.searchParams ?? []);

describe('a request without a trusted callback gets an error page', () => {
  it.each([
    ['an unknown client', { client_id: 'nobody' }, 'invalid_request: Unknown client: nobody'],
    ['no client', { client_id: undefined }, 'Missing required parameter: client_id'],
    ['another callback', { redirect_uri: 'https://evil.example/cb' }, 'Callback URL mismatch.'],
    [
      'another port of a loopback callback',
      { redirect_uri: 'http://localhost:2/callback' },
      'Callback URL mismatch.',
    ],
    ['a trailing slash', { redirect_uri: `${callback}/` }, 'Callback URL mismatch.'],
  ])('%s', async (_name, params, text) => {
    const url = authorizeUrl(tenant, clientId, params);
    if ('client_id' in params && params.client_id === undefined) url.searchParams.delete('client_id');
    const page = await openBrowser(tenant.origin).open(url);
    expect(page.status).toBe(400);
    expect(page.html).toContain(text);
  });

  it('a repeated parameter', async () => {
    const url = authorizeUrl(tenant, clientId);
    url.searchParams.append('redirect_uri', 'https://evil.example/cb');
    expect((await openBrowser(tenant.origin).open(url)).status).toBe(400);
  });

  it('escapes what the client sent', async () => {
    const page = await open({}, '<script>alert(1)</script>');
    expect(page.html).not.toContain('<script>');
  });
});

describe('a request with a trusted callback is refused by redirect', () => {
  it.each([
    [
      'an unknown API',
      { audience: 'https://other.example' },
      'access_denied',
      'Service not found: https://other.example',
    ],
    [
      'no response_type',
      { response_type: undefined },
      'invalid_request',
      'Missing required parameter: response_type',
    ],
    [
      'the implicit flow',
      { response_type: 'token' },
      'unsupported_response_type',
      'Unsupported response type: token',
    ],
    [
      'an unknown PKCE method',
      { code_challenge_method: 'S512' },
      'invalid_request',
      'Invalid code challenge method: S512',
    ],
    [
      'a plain code challenge',
      { code_challenge: verifier, code_challenge_method: 'plain' },
      'invalid_request',
      'Invalid code challenge method: plain',
    ],
    [
      'a code challenge that is no hash',
      { code_challenge: 'x'.repeat(44) },
      'invalid_request',
      'Invalid code challenge',
    ],
    [
      'a connection that is not enabled',
      { connection: 'github' },
      'invalid_request',
      'the connection is not enabled',
    ],
    ['prompt=none without a session', { prompt: 'none' }, 'login_required', 'Login required'],
  ])('%s', async (_name, params, error, error_description) => {
    expect(await answered(params)).toEqual({ error, error_description, state: 'client state' });
  });

  it('a client without connections', async () => {
    const lonely = await newClient(tenant, {}, []);
    expect(await answered({}, lonely)).toMatchObject({
      error: 'invalid_request',
      error_description: 'no connections enabled for the client',
    });
  });

  it('a client without the code grant', async () => {
    const machine = await newClient(tenant, { grant_types: ['refresh_token'] });
    expect(await answered({}, machine)).toMatchObject({ error: 'unauthorized_client' });
  });

  it('online and offline refresh tokens at once', async () => {
    expect(await answered({ scope: 'online_access offline_access' })).toMatchObject({
      error: 'invalid_request',
      error_description: 'Cannot request both online_access and offline_access scopes',
    });
  });
});

describe('the user policy of an API', () => {
  const guarded = 'https://policy.example/';
  const refusal = () => ({
    error: 'invalid_request',
    error_description: `Client "${clientId}" is not authorized to access resource server "${guarded}".`,
    state: 'client state',
  });

  it('if unset, allows every client on an older tenant and none on a newer one', async () => {
    await manage(tenant, 'POST', '/resource-servers', { identifier: guarded });
    expect((await open({ audience: guarded })).html).toContain('name="password"');
    tenant.switches.strictUserPolicy = true;
    expect(await answered({ audience: guarded })).toEqual(refusal());
  });

  it('require_client_grant allows a client with a user grant, within the scopes of the grant', async () => {
    await manage(tenant, 'PATCH', `/resource-servers/${encodeURIComponent(guarded)}`, {
      scopes: [{ value: 'a' }, { value: 'b' }],
      subject_type_authorization: { user: { policy: 'require_client_grant' } },
    });
    expect(await answered({ audience: guarded })).toEqual(refusal());
    const grant = { client_id: clientId, audience: guarded, scope: ['a'], subject_type: 'user' };
    await manage(tenant, 'POST', '/client-grants', grant);
    await manage(tenant, 'PATCH', `/resource-servers/${encodeURIComponent(guarded)}`, {
      skip_consent_for_verifiable_first_party_clients: true,
    });
    expect(await tokens(tenant, clientId, { audience: guarded, scope: 'a b' })).toMatchObject({ scope: 'a' });
  });

  it('deny_all refuses', async () => {
    await manage(tenant, 'PATCH', `/resource-servers/${encodeURIComponent(guarded)}`, {
      subject_type_authorization: { user: { policy: 'deny_all' } },
    });
    expect(await answered({ audience: guarded })).toEqual(refusal());
  });
});

describe('single sign-on', () => {
  it('needs no second login, not even for another first-party client', async () => {
    const browser = openBrowser(tenant.origin);
    await signIn(tenant, clientId, {}, browser);
    const second = await browser.open(authorizeUrl(tenant, await newClient(tenant)));
    expect(second.left?.searchParams.get('code')).toBeTruthy();
    const silent = await browser.open(authorizeUrl(tenant, clientId, { prompt: 'none' }));
    expect(silent.left?.searchParams.get('code')).toBeTruthy();
  });

  it('is ignored with prompt=login, and another user can then sign in without script', async () => {
    const browser = openBrowser(tenant.origin);
    await signIn(tenant, clientId, {}, browser);
    const page = await browser.open(authorizeUrl(tenant, clientId, { prompt: 'login', scope: 'openid' }));
    expect(page.html).toContain('name="password"');
    const visit = await browser.submit(page, { username: 'other@example.com', password: 'other' });
    const { body } = await exchange(tenant, clientId, visit);
    const claims = JSON.parse(atob(String(body.id_token).split('.')[1] ?? ''));
    expect(claims.sub).not.toBe('');
    const next = await browser.open(authorizeUrl(tenant, clientId, { scope: 'openid' }));
    const again = await exchange(tenant, clientId, next);
    expect(JSON.parse(atob(String(again.body.id_token).split('.')[1] ?? '')).sub).toBe(claims.sub);
  });

  it('does not apply to a client for which the session’s connection is not enabled', async () => {
    const browser = openBrowser(tenant.origin);
    await signIn(tenant, clientId, {}, browser);
    const googleOnly = await newClient(tenant, {}, ['google-oauth2']);
    const page = await browser.open(authorizeUrl(tenant, googleOnly));
    expect(page.html).not.toContain('name="password"');
    expect(page.html).toContain('value="google-oauth2"');
  });

  it('ends with /v2/logout, which redirects only to an allowed URL', async () => {
    const browser = openBrowser(tenant.origin);
    await signIn(tenant, clientId, {}, browser);
    const evil = await browser.open('/v2/logout?returnTo=https://evil.example/');
    expect(evil.status).toBe(400);
    await manage(tenant, 'PATCH', `/clients/${clientId}`, { allowed_logout_urls: ['https://app.example/'] });
    const out = await browser.open(`/v2/logout?client_id=${clientId}&returnTo=https://app.example/`);
    expect(out.left?.href).toBe('https://app.example/');
    expect((await browser.open(authorizeUrl(tenant, clientId))).html).toContain('name="password"');
  });
});

describe('Auth0’s own consent', () => {
  it('is skipped for a first-party client on an API that allows it', async () => {
    expect((await signIn(tenant, clientId)).left?.searchParams.get('code')).toBeTruthy();
  });

  it('is asked once otherwise, and prompt=none reports that it is required', async () => {
    const audience = 'https://consent.example/';
    await manage(tenant, 'POST', '/resource-servers', {
      identifier: audience,
      scopes: [{ value: 'read' }, { value: 'write' }],
    });
    const browser = openBrowser(tenant.origin);
    const params = { audience, scope: 'read' };
    const page = await signIn(tenant, clientId, params, browser);
    expect(page.url.pathname).toBe('/u/consent');
    const silent = await browser.open(authorizeUrl(tenant, clientId, { ...params, prompt: 'none' }));
    expect(Object.fromEntries(silent.left?.searchParams ?? [])).toMatchObject({ error: 'consent_required' });
    const denied = await browser.submit(page, { action: 'deny' });
    expect(Object.fromEntries(denied.left?.searchParams ?? [])).toEqual({
      error: 'access_denied',
      error_description: 'User did not authorize the request',
      state: 'client state',
    });
    const again = await browser.open(authorizeUrl(tenant, clientId, params));
    const accepted = await browser.submit(again, { action: 'accept' });
    expect(accepted.left?.searchParams.get('code')).toBeTruthy();
    const remembered = await browser.open(authorizeUrl(tenant, clientId, params));
    expect(remembered.left?.searchParams.get('code')).toBeTruthy();
    const more = await browser.open(authorizeUrl(tenant, clientId, { audience, scope: 'read write' }));
    expect(more.url.pathname).toBe('/u/consent');
  });

  it('is forced by prompt=consent', async () => {
    const page = await signIn(tenant, clientId, { prompt: 'consent' });
    expect(page.url.pathname).toBe('/u/consent');
  });
});

describe('the audience', () => {
  const isJwt = (token: unknown) => String(token).split('.').length === 3;

  it('if missing, gives an opaque token of five parts, the second empty', async () => {
    const { access_token } = await tokens(tenant, clientId, { audience: undefined, scope: 'openid' });
    const parts = String(access_token).split('.');
    expect(parts).toHaveLength(5);
    expect(parts[1]).toBe('');
    expect(JSON.parse(atob(parts[0] ?? ''))).toEqual({ alg: 'dir', enc: 'A256GCM', iss: tenant.issuer });
  });

  it('can be the tenant’s default', async () => {
    await manage(tenant, 'PATCH', '/tenants/settings', { default_audience: api });
    expect(isJwt((await tokens(tenant, clientId, { audience: undefined })).access_token)).toBe(true);
    await manage(tenant, 'PATCH', '/tenants/settings', { default_audience: '' });
  });

  it('can be called resource in the compatibility profile only', async () => {
    const params = { audience: undefined, resource: api };
    expect(isJwt((await tokens(tenant, clientId, params)).access_token)).toBe(false);
    await manage(tenant, 'PATCH', '/tenants/settings', { resource_parameter_profile: 'compatibility' });
    expect(isJwt((await tokens(tenant, clientId, params)).access_token)).toBe(true);
    const both = await open({ audience: 'https://other.example', resource: api });
    expect(both.left?.searchParams.get('error')).toBe('access_denied');
    await manage(tenant, 'PATCH', '/tenants/settings', { resource_parameter_profile: 'audience' });
  });
});

describe('the rest of the request', () => {
  it('has iss in successes and errors, if the tenant’s setting is on', async () => {
    const iss = (visit: { left?: URL }) => visit.left?.searchParams.get('iss');
    expect(iss(await signIn(tenant, clientId))).toBeNull();
    expect(iss(await open({ prompt: 'none' }))).toBeNull();
    await manage(tenant, 'PATCH', '/tenants/settings', {
      authorization_response_iss_parameter_supported: true,
    });
    expect(tenant.switches.emitIss).toBe(true);
    expect(iss(await signIn(tenant, clientId))).toBe(tenant.issuer);
    expect(iss(await open({ prompt: 'none' }))).toBe(tenant.issuer);
    expect(iss(await open({ audience: 'https://other.example' }))).toBe(tenant.issuer);
  });

  it('drops scopes that do not exist', async () => {
    const scope = 'openid mcp:read mcp:root delete:everything';
    expect(await tokens(tenant, clientId, { scope })).toMatchObject({ scope: 'openid mcp:read' });
  });

  it('gives offline_access only if API and client allow it', async () => {
    const noRefresh = await newClient(tenant, { grant_types: ['authorization_code'] });
    expect(await tokens(tenant, noRefresh)).not.toHaveProperty('refresh_token');
    await manage(tenant, 'PATCH', `/resource-servers/${encodeURIComponent(api)}`, {
      allow_offline_access: false,
    });
    expect(await tokens(tenant, clientId)).toMatchObject({ scope: 'mcp:read' });
    await manage(tenant, 'PATCH', `/resource-servers/${encodeURIComponent(api)}`, {
      allow_offline_access: true,
    });
  });

  it('can be sent as a form', async () => {
    const { origin, pathname, searchParams } = authorizeUrl(tenant, clientId);
    const page = await openBrowser(tenant.origin).open(origin + pathname, {
      method: 'POST',
      body: searchParams,
    });
    expect(page.html).toContain('name="password"');
  });

  it('a callback that was removed is no longer accepted', async () => {
    const fickle = await newClient(tenant);
    await manage(tenant, 'PATCH', `/clients/${fickle}`, { callbacks: ['http://localhost:9/other'] });
    expect((await open({}, fickle)).status).toBe(400);
  });
});
