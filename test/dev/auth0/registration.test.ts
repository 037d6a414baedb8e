import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tenant } from '../../../dev/auth0/tenant.ts';
import { openBrowser } from './browser.ts';
import { authorizeUrl, callback, manage, newTenant } from './fixture.ts';

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

    const { left } = await openBrowser(tenant.origin).open(authorizeUrl(tenant, client_id));
    expect(left?.searchParams.get('error_description')).toBe(
      'Username-Password-Authentication does not exist or is not a domain connection',
    );
  });

  it('refuses a client without redirect URIs', async () => {
    expect((await register({ client_name: 'x' })).status).toBe(400);
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
