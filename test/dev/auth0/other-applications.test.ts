import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Tenant } from '../../../dev/auth0/tenant.ts';
import { api, manage, managementSdk, newClient, newTenant, postForm, tokens } from './fixture.ts';

let tenant: Tenant;
beforeAll(async () => {
  tenant = await newTenant();
});
afterAll(() => tenant.close());

const verify = (token: unknown) => {
  const jwks = createRemoteJWKSet(new URL('/.well-known/jwks.json', tenant.origin));
  return jwtVerify(String(token), jwks, { issuer: tenant.issuer, audience: api });
};

it('a machine gets a token for the API with its client grant, once the API allows machines', async () => {
  const management = managementSdk(tenant);
  const { client_id = '', client_secret = '' } = await management.clients.create({
    name: 'Nightly job',
    app_type: 'non_interactive',
    grant_types: ['client_credentials'],
  });
  await management.clientGrants.create({ client_id, audience: api, scope: ['mcp:read', 'mcp:write'] });
  const ask = () =>
    postForm(tenant, '/oauth/token', {
      grant_type: 'client_credentials',
      client_id,
      client_secret,
      audience: api,
    });
  expect((await ask()).status).toBe(403);
  await manage(tenant, 'PATCH', `/resource-servers/${encodeURIComponent(api)}`, {
    subject_type_authorization: {
      user: { policy: 'allow_all' },
      client: { policy: 'require_client_grant' },
    },
  });
  const { payload } = await verify((await ask()).body.access_token);
  expect(payload).toMatchObject({
    sub: `${client_id}@clients`,
    client_id,
    scope: 'mcp:read mcp:write',
    permissions: ['mcp:read', 'mcp:write'],
  });
});

it('a first-party single-page app gets a token for the API on behalf of its user', async () => {
  const clientId = await newClient(tenant, { name: 'Company dashboard' });
  const { payload } = await verify((await tokens(tenant, clientId)).access_token);
  expect(payload).toMatchObject({ client_id: clientId, sub: expect.stringMatching(/^auth0\|/) });
});
