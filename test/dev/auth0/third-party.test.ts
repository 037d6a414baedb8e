import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tenant } from '../../../dev/auth0/tenant.ts';
import { openBrowser } from './browser.ts';
import { api, authorizeUrl, exchange, manage, newClient, newTenant, signIn, spa } from './fixture.ts';

let tenant: Tenant;
let database: string;
let clientId: string;
beforeAll(async () => {
  tenant = await newTenant();
  const found = await manage(tenant, 'GET', '/connections?strategy=auth0&take=1');
  database = (found.body.connections as { id: string }[])[0]?.id ?? '';
  await onDomain(true);
  clientId = await newThirdParty();
});
afterAll(() => tenant.close());

const onDomain = (is_domain_connection: boolean) =>
  manage(tenant, 'PATCH', `/connections/${database}`, { is_domain_connection });
const thirdParty = { is_first_party: false };

/** A third-party application that may ask users for the API's scopes. */
async function newThirdParty(properties: object = {}): Promise<string> {
  const id = await newClient(tenant, { ...thirdParty, ...properties }, []);
  await manage(tenant, 'POST', '/client-grants', {
    client_id: id,
    audience: api,
    scope: ['mcp:read'],
    subject_type: 'user',
  });
  return id;
}

const open = (params: Record<string, string | undefined> = {}, id = clientId) =>
  openBrowser(tenant.origin).open(authorizeUrl(tenant, id, params));

describe('a third-party application', () => {
  it('asks for consent, and gets the scopes of its client grant without an ID token', async () => {
    const browser = openBrowser(tenant.origin);
    const scope = 'openid profile mcp:read mcp:write offline_access';
    const page = await signIn(tenant, clientId, { scope }, browser);
    expect(page.url.pathname).toBe('/u/consent');
    const { body } = await exchange(tenant, clientId, await browser.submit(page, { action: 'accept' }));
    expect(body.scope).toBe('mcp:read offline_access');
    expect(body).not.toHaveProperty('id_token');
  });

  it('cannot use its token at /userinfo', async () => {
    const browser = openBrowser(tenant.origin);
    const page = await signIn(tenant, clientId, { audience: undefined, scope: 'mcp:read' }, browser);
    const { body } = await exchange(tenant, clientId, await browser.submit(page, { action: 'accept' }));
    const headers = { authorization: `Bearer ${body.access_token}` };
    expect((await fetch(`${tenant.origin}/userinfo`, { headers })).status).toBe(401);
  });

  it.each([
    ['no PKCE', { code_challenge: undefined, code_challenge_method: undefined }, 'code_challenge'],
    ['the implicit flow', { response_type: 'token' }, 'unsupported_response_type'],
    ['a parameter of Auth0’s own', { screen_hint: 'signup' }, 'Parameter not supported: screen_hint'],
    ['a request object', { request: 'x' }, 'Parameter not supported: request'],
    ['an API without a client grant', { audience: 'OTHER' }, 'unauthorized_client'],
    ['the Management API', { audience: 'MANAGEMENT' }, 'unauthorized_client'],
    ['no session and prompt=none', { prompt: 'none' }, 'login_required'],
  ])('sees %s refused on a page instead of a redirect', async (_name, params, text) => {
    const other = 'https://other.example/';
    const policy = { user: { policy: 'allow_all' } };
    await manage(tenant, 'POST', '/resource-servers', {
      identifier: other,
      subject_type_authorization: policy,
    });
    const audiences: Record<string, string> = { OTHER: other, MANAGEMENT: `${tenant.issuer}api/v2/` };
    const named = 'audience' in params ? { audience: audiences[String(params.audience)] } : {};
    const page = await open({ ...params, ...named });
    expect(page.left).toBeUndefined();
    expect([page.status, page.html]).toEqual([400, expect.stringContaining(text)]);
  });

  it('is told about a refusal at its callback if its redirection policy says so', async () => {
    const id = await newThirdParty({ redirection_policy: 'allow_always' });
    const { left } = await open({ screen_hint: 'signup' }, id);
    expect(left?.searchParams.get('error')).toBe('invalid_request');
  });

  it('cannot use a plain database connection', async () => {
    await onDomain(false);
    const page = await open();
    await onDomain(true);
    expect(page.html).toContain(
      'Username-Password-Authentication does not exist or is not a domain connection',
    );
  });

  it('may send parameters of extensions and an organization', async () => {
    const page = await open({ 'ext-theme': 'dark', ui_locales: 'en' });
    expect(page.html).toContain('name="password"');
  });

  it('is exempt from all this in the permissive mode', async () => {
    const id = await newClient(tenant, { ...thirdParty, third_party_security_mode: 'permissive' }, []);
    const page = await open({ code_challenge: undefined, code_challenge_method: undefined }, id);
    expect(page.html).toContain('name="password"');
  });

  it('has an id that says what it is, and safe defaults', async () => {
    const { body } = await manage(tenant, 'POST', '/clients', { name: 'Partner', is_first_party: false });
    expect(body).toMatchObject({
      client_id: expect.stringMatching(/^tpc_/),
      third_party_security_mode: 'strict',
      grant_types: ['authorization_code'],
      refresh_token: { rotation_type: 'rotating', expiration_type: 'expiring' },
    });
  });

  it.each([
    ['POST', { ...spa, ...thirdParty, grant_types: ['implicit'] }, 'grant_types.0'],
    ['POST', { ...spa, ...thirdParty, grant_types: ['client_credentials'] }, 'grant_types'],
    ['POST', { name: 'x', ...thirdParty, app_type: 'resource_server' }, 'app_type'],
    ['POST', { name: 'x', ...thirdParty, jwt_configuration: { alg: 'HS256' } }, 'jwt_configuration.alg'],
    [
      'POST',
      {
        name: 'x',
        ...thirdParty,
        refresh_token: { rotation_type: 'rotating', expiration_type: 'non-expiring' },
      },
      'refresh_token.expiration_type',
    ],
    ['PATCH', { is_first_party: true }, 'is_first_party'],
    ['PATCH', { third_party_security_mode: 'permissive' }, 'third_party_security_mode'],
  ])('cannot be what others can: %s %j', async (method, body, property) => {
    const path = method === 'POST' ? '/clients' : `/clients/${clientId}`;
    const answer = await manage(tenant, method, path, body);
    expect(answer.body).toMatchObject({ statusCode: 400, errorCode: 'invalid_body' });
    expect(answer.body.message).toMatch(new RegExp(`on property ${property}\\.$`));
  });

  it('gets no client grant for a system API', async () => {
    const grant = { client_id: clientId, audience: `${tenant.issuer}api/v2/`, scope: [] };
    expect((await manage(tenant, 'POST', '/client-grants', grant)).body.message).toBe(
      'Client grants for this API cannot be created for third-party clients.',
    );
  });
});
