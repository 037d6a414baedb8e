import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tenant } from '../../../dev/auth0/tenant.ts';
import { openBrowser } from './browser.ts';
import { api, authorizeUrl, callback, manage, newTenant } from './fixture.ts';

let tenant: Tenant;
beforeAll(async () => {
  tenant = await newTenant();
});
afterAll(() => tenant.close());

const register = (body: unknown) =>
  fetch(`${tenant.origin}/oidc/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

describe('Auth0’s own registration', () => {
  it('creates a third-party application that cannot use the database connection', async () => {
    const response = await register({
      client_name: 'Claude',
      redirect_uris: [callback],
      token_endpoint_auth_method: 'none',
    });
    expect(response.status).toBe(201);
    const { client_id } = await response.json();
    expect(client_id).toMatch(/^tpc_/);
    const application = await manage(tenant, 'GET', `/clients/${client_id}`);
    expect(application.body).toMatchObject({ is_first_party: false, name: 'Claude', callbacks: [callback] });

    const grant = { client_id, audience: api, scope: ['mcp:read'], subject_type: 'user' };
    expect((await manage(tenant, 'POST', '/client-grants', grant)).status).toBe(201);
    const page = await openBrowser(tenant.origin).open(authorizeUrl(tenant, client_id));
    expect(page.status).toBe(400);
    expect(page.html).toContain(
      'Username-Password-Authentication does not exist or is not a domain connection',
    );
  });

  it.each([
    ['a client without redirect URIs', { client_name: 'x' }],
    ['a grant type without a user', { redirect_uris: [callback], grant_types: ['client_credentials'] }],
  ])('refuses %s', async (_name, metadata) => {
    expect((await register(metadata)).status).toBe(400);
  });

  it('gives the code grant only, unless the client asks for more', async () => {
    const { grant_types } = await (await register({ redirect_uris: [callback] })).json();
    expect(grant_types).toEqual(['authorization_code']);
  });

  it('is permissive if the tenant says so', async () => {
    const mode = (name: string) =>
      manage(tenant, 'PATCH', '/tenants/settings', { dynamic_client_registration_security_mode: name });
    await mode('permissive');
    const { client_id } = await (await register({ redirect_uris: [callback] })).json();
    const { left } = await openBrowser(tenant.origin).open(authorizeUrl(tenant, client_id));
    expect(left?.searchParams.get('error')).toBe('invalid_request');
    await mode('strict');
  });

  it('counts against the quota', async () => {
    tenant.switches.applicationQuota = tenant.applications().length;
    expect((await register({ redirect_uris: [callback] })).status).toBe(403);
    tenant.switches.applicationQuota = undefined;
  });

  it('can be switched off', async () => {
    const flags = { enable_dynamic_client_registration: false };
    await manage(tenant, 'PATCH', '/tenants/settings', { flags });
    expect((await register({ redirect_uris: [callback] })).status).toBe(404);
  });
});
