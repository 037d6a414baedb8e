import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tenant } from '../../../dev/auth0/tenant.ts';
import {
  api,
  manage,
  managementClient,
  managementToken,
  newClient,
  newTenant,
  spa,
  tokens,
} from './fixture.ts';

let tenant: Tenant;
let clientId: string;
let database: string;
beforeAll(async () => {
  tenant = await newTenant();
  clientId = await newClient(tenant);
  const found = await manage(tenant, 'GET', '/connections?name=Username-Password-Authentication');
  database = (found.body as unknown as { id: string }[])[0]?.id ?? '';
});
afterAll(() => tenant.close());

const invalid = (message: string) => ({
  statusCode: 400,
  error: 'Bad Request',
  message: `Payload validation error: ${message}.`,
  errorCode: 'invalid_body',
});

describe('an invalid payload is refused with the message of Auth0’s validator', () => {
  const long = 'x'.repeat(256);
  it.each<[string, unknown, string]>([
    ['POST /clients', {}, "'Missing required property: name'"],
    ['POST /clients', { name: '' }, "'String is too short (0 chars), minimum 1' on property name"],
    ['POST /clients', { name: '<b>' }, "'String does not match pattern ^[^<>]+$' on property name"],
    ['POST /clients', { name: 7 }, "'Expected type string but found type integer' on property name"],
    ['POST /clients', { name: 'n', connections: [] }, "'Additional properties not allowed: connections'"],
    ['POST /clients', { name: 'n', app_type: 'web' }, "'No enum match for: web' on property app_type"],
    [
      'POST /clients',
      { name: 'n', description: 'd'.repeat(141) },
      "'String is too long (141 chars), maximum 140' on property description",
    ],
    [
      'POST /clients',
      { name: 'n', callbacks: ['nonsense'] },
      "'Object didn't pass validation for format absolute-uri-or-empty: nonsense' on property callbacks.0",
    ],
    [
      'POST /clients',
      { name: 'n', client_metadata: { a: long } },
      "'String is too long (256 chars), maximum 255' on property client_metadata.a",
    ],
    [
      'POST /clients',
      {
        name: 'n',
        client_metadata: Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`k${i}`, 'v'])),
      },
      "'Too many properties defined, maximum 10' on property client_metadata",
    ],
    [
      'POST /clients',
      { name: 'n', grant_types: ['authorization-code'] },
      "'No enum match for: authorization-code' on property grant_types.0",
    ],
    [
      'POST /clients',
      { name: 'n', sso_disabled: 'false' },
      "'Expected type boolean but found type string' on property sso_disabled",
    ],
    [
      'POST /clients',
      { name: 'n', third_party_security_mode: 'lax' },
      "'No enum match for: lax' on property third_party_security_mode",
    ],
    [
      'POST /clients',
      { name: 'n', organization_discovery_methods: ['phone'] },
      "'No enum match for: phone' on property organization_discovery_methods.0",
    ],
    [
      'POST /clients',
      { name: 'n', logo_uri: 'logo.png' },
      "'Object didn't pass validation for format absolute-uri-or-empty: logo.png' on property logo_uri",
    ],
    [
      'PATCH /clients/:client',
      { compliance_level: 'fapi3' },
      "'No enum match for: fapi3' on property compliance_level",
    ],
    [
      'POST /clients',
      { name: 'n', refresh_token: { rotation_type: 'rotating' } },
      "'Missing required property: expiration_type' on property refresh_token",
    ],
    [
      'PATCH /clients/:client',
      { connections: ['con_x'] },
      "'Additional properties not allowed: connections'",
    ],
    ['PATCH /clients/:client', { name: null }, "'Expected type string but found type null' on property name"],
    [
      'PATCH /connections/:database',
      { enabled_clients: [] },
      "'Additional properties not allowed: enabled_clients'",
    ],
    ['PATCH /connections/:database/clients', [], "'Array is too short (0), minimum 1'"],
    [
      'PATCH /connections/:database/clients',
      Array(51).fill({ client_id: 'c', status: true }),
      "'Array is too long (51), maximum 50'",
    ],
    [
      'PATCH /connections/:database/clients',
      [{ client_id: 'c' }],
      "'Missing required property: status' on property 0",
    ],
    ['POST /resource-servers', {}, "'Missing required property: identifier'"],
    [
      'POST /resource-servers',
      { identifier: 'i', token_dialect: 'x' },
      "'No enum match for: x' on property token_dialect",
    ],
    [
      'PATCH /resource-servers/:api',
      { identifier: 'other' },
      "'Additional properties not allowed: identifier'",
    ],
    ['POST /client-grants', { audience: api }, "'Missing required property: client_id'"],
    [
      'PATCH /tenants/settings',
      { flags: { x: true } },
      "'Additional properties not allowed: x' on property flags",
    ],
    [
      'PATCH /tenants/settings',
      { flags: { enable_sso: 'yes' } },
      "'Expected type boolean but found type string' on property flags.enable_sso",
    ],
    ['PATCH /tenants/settings', {}, "'Too few properties defined (0), minimum 1'"],
    [
      'PATCH /tenants/settings',
      { session_lifetime: 1.5 },
      "'Expected type integer but found type number' on property session_lifetime",
    ],
    [
      'PATCH /tenants/settings',
      { allowed_logout_urls: ['/bye'] },
      "'Object didn't pass validation for format absolute-uri-or-empty: /bye' on property allowed_logout_urls.0",
    ],
    [
      'POST /clients',
      { name: 'n', client_metadata: { 'a.b': 'c' } },
      `'Invalid key in record' on property client_metadata.a.b`,
    ],
    [
      'POST /clients',
      {
        name: 'n',
        refresh_token: {
          rotation_type: 'rotating',
          expiration_type: 'expiring',
          token_lifetime: 60,
          idle_token_lifetime: 61,
        },
      },
      "'idle_token_lifetime cannot exceed token_lifetime' on property refresh_token",
    ],
    [
      'POST /clients',
      { name: 'n', token_exchange: { allow_any_profile_of_type: ['any'] } },
      "'No enum match for: any' on property token_exchange.allow_any_profile_of_type.0",
    ],
    [
      'POST /clients',
      { name: 'n', client_authentication_methods: {} },
      "'Exactly one property expected' on property client_authentication_methods",
    ],
    [
      'PATCH /clients/:client',
      { resource_server_identifier: api },
      "'Additional properties not allowed: resource_server_identifier'",
    ],
    ['PATCH /clients/:client', {}, "'Too few properties defined (0), minimum 1'"],
    ['PATCH /connections/:database', {}, "'Too few properties defined (0), minimum 1'"],
    [
      'PATCH /connections/:database',
      { metadata: { a: long } },
      "'String is too long (256 chars), maximum 255' on property metadata.a",
    ],
    [
      'PATCH /connections/:database',
      { metadata: Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`k${i}`, 'v'])) },
      "'Too many properties defined, maximum 10' on property metadata",
    ],
    [
      'POST /resource-servers',
      { identifier: 'i', scopes: [{ value: 'a' }, { value: 'a' }] },
      "'Duplicate scope: a' on property scopes",
    ],
    [
      'POST /resource-servers',
      { identifier: 'i', signing_secret: 'x'.repeat(16) },
      "'Only allowed with HS256' on property signing_secret",
    ],
    [
      'POST /resource-servers',
      { identifier: 'i', token_lifetime: 60, token_lifetime_for_web: 61 },
      "'Cannot be greater than token_lifetime' on property token_lifetime_for_web",
    ],
    [
      'POST /resource-servers',
      { identifier: 'i', token_encryption: { format: 'jwe' } },
      "'No enum match for: jwe' on property token_encryption.format",
    ],
    [
      'POST /resource-servers',
      { identifier: 'i', proof_of_possession: { mechanism: 'dpop' } },
      "'Missing required property: required' on property proof_of_possession",
    ],
    [
      'POST /resource-servers',
      { identifier: 'i', consent_policy: 'always' },
      "'No enum match for: always' on property consent_policy",
    ],
  ])('%s %j', async (operation, body, message) => {
    const [method = '', path = ''] = operation.split(' ');
    const target = path
      .replace(':client', clientId)
      .replace(':database', database)
      .replace(':api', encodeURIComponent(api));
    const answer = await manage(tenant, method, target, body);
    expect(answer.body).toEqual(invalid(message));
    expect(answer.status).toBe(400);
  });
});

describe('a missing entity', () => {
  it.each([
    ['GET', '/clients/nobody', undefined, 'The client does not exist', 'inexistent_client'],
    ['PATCH', '/clients/nobody', { name: 'n' }, 'The client does not exist', 'inexistent_client'],
    ['DELETE', '/clients/nobody', undefined, 'The client does not exist', 'inexistent_client'],
    ['GET', '/connections/con_x', undefined, 'The connection does not exist', 'inexistent_connection'],
    [
      'PATCH',
      '/connections/con_x/clients',
      [{ client_id: 'c', status: true }],
      'The connection does not exist',
      'inexistent_connection',
    ],
    [
      'GET',
      '/connections/con_x/clients',
      undefined,
      'The connection does not exist',
      'inexistent_connection',
    ],
    [
      'GET',
      '/resource-servers/https%3A%2F%2Fx',
      undefined,
      'The resource server does not exist',
      'inexistent_resource_server',
    ],
    [
      'POST',
      '/client-grants',
      { client_id: 'nobody', audience: api },
      'The client does not exist',
      'inexistent_client',
    ],
    [
      'DELETE',
      '/client-grants/cgr_x',
      undefined,
      'The client grant does not exist',
      'inexistent_client_grant',
    ],
  ])('is 404: %s %s', async (method, path, body, message, errorCode) => {
    const answer = await manage(tenant, method, path, body);
    expect(answer.body).toEqual({ statusCode: 404, error: 'Not Found', message, errorCode });
  });

  it('is 404 for an unknown route, too', async () => {
    expect((await manage(tenant, 'GET', '/constructor')).body).toEqual({
      statusCode: 404,
      error: 'Not Found',
      message: 'Not Found',
    });
  });
});

describe('a duplicate is 409', () => {
  it.each<[string, () => unknown, string]>([
    [
      '/resource-servers',
      () => ({ identifier: api }),
      'A resource server with the same identifier already exists',
    ],
    [
      '/client-grants',
      () => ({
        client_id: managementClient.id,
        audience: `${tenant.issuer}api/v2/`,
        scope: [],
      }),
      'Resource client_grant already exists.',
    ],
  ])('%s', async (path, body, message) => {
    const answer = await manage(tenant, 'POST', path, body());
    expect(answer.body).toMatchObject({ statusCode: 409, error: 'Conflict', message });
  });
});

describe('authorization', () => {
  it.each<[string, () => Promise<string>, string]>([
    ['garbage', async () => 'garbage', 'Invalid token'],
    [
      'an access token of a user for another API',
      async () => String((await tokens(tenant, clientId)).access_token),
      `Bad audience: ${api}`,
    ],
    [
      'an expired token',
      async () => {
        tenant.switches.clockSkewSeconds = -90_000;
        const token = await managementToken(tenant);
        tenant.switches.clockSkewSeconds = 0;
        return token;
      },
      'Expired token received for JSON Web Token validation',
    ],
  ])('refuses %s with 401', async (_name, token, message) => {
    const answer = await manage(tenant, 'GET', '/clients', undefined, await token());
    expect(answer.body).toEqual({ statusCode: 401, error: 'Unauthorized', message });
  });

  it('refuses a request without a token with 401', async () => {
    expect((await fetch(`${tenant.origin}/api/v2/clients`)).status).toBe(401);
  });

  it.each([
    ['GET', '/clients', 'read:clients,read:client_keys'],
    ['POST', '/clients', 'create:clients'],
    ['GET', '/clients/x', 'read:clients,read:client_keys'],
    ['PATCH', '/clients/x', 'update:clients,update:client_keys'],
    ['POST', '/clients/x/rotate-secret', 'update:client_keys'],
    ['DELETE', '/clients/x', 'delete:clients'],
    ['GET', '/connections', 'read:connections'],
    ['PATCH', '/connections/x', 'update:connections'],
    ['GET', '/connections/x/clients', 'read:connections'],
    ['PATCH', '/connections/x/clients', 'update:connections'],
    ['GET', '/resource-servers', 'read:resource_servers'],
    ['POST', '/resource-servers', 'create:resource_servers'],
    ['PATCH', '/resource-servers/x', 'update:resource_servers'],
    ['DELETE', '/resource-servers/x', 'delete:resource_servers'],
    ['GET', '/client-grants', 'read:client_grants'],
    ['POST', '/client-grants', 'create:client_grants'],
    ['PATCH', '/client-grants/x', 'update:client_grants'],
    ['DELETE', '/client-grants/x', 'delete:client_grants'],
    ['GET', '/tenants/settings', 'read:tenant_settings'],
    ['PATCH', '/tenants/settings', 'update:tenant_settings'],
  ])('%s %s needs one of %s', async (method, path, expected) => {
    const scope = expected.startsWith('read:connections') ? 'read:clients' : 'delete:connections';
    const token = await managementToken(tenant, { scope });
    const answer = await manage(tenant, method, path, method === 'GET' ? undefined : {}, token);
    expect(answer.body).toEqual({
      statusCode: 403,
      error: 'Forbidden',
      message: `Insufficient scope, expected any of: ${expected}`,
      errorCode: 'insufficient_scope',
    });
  });
});

describe('bodies', () => {
  it.each([
    ['broken JSON', 'application/json', '{', 400],
    ['another content type', 'text/plain', 'name=n', 415],
    ['no body', 'application/json', '', 400],
    ['too much', 'application/json', JSON.stringify({ name: 'x'.repeat(2 ** 21) }), 413],
  ])('%s', async (_name, type, body, status) => {
    const authorization = `Bearer ${await managementToken(tenant)}`;
    const init = { method: 'POST', headers: { authorization, 'content-type': type }, body };
    expect((await fetch(`${tenant.origin}/api/v2/clients`, init)).status).toBe(status);
  });
});

describe('applications', () => {
  it('get Auth0’s unsafe defaults', async () => {
    const { status, body } = await manage(tenant, 'POST', '/clients', { name: 'Bare', app_type: 'spa' });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      tenant: 'local',
      global: false,
      client_id: expect.stringMatching(/^[A-Za-z0-9]{32}$/),
      client_secret: expect.any(String),
      oidc_conformant: false,
      is_first_party: true,
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'implicit', 'refresh_token'],
      refresh_token: { rotation_type: 'non-rotating', expiration_type: 'non-expiring' },
      jwt_configuration: { lifetime_in_seconds: 36000 },
    });
    expect(body).not.toHaveProperty('created_at');
  });

  it('are returned as requested, with a secret even for a public client', async () => {
    const { body } = await manage(tenant, 'POST', '/clients', spa);
    expect(body).toMatchObject(spa);
    expect(body.client_secret).toEqual(expect.any(String));
  });

  it('hide their secrets later, without read:client_keys', async () => {
    const { body } = await manage(tenant, 'GET', `/clients/${clientId}`);
    expect(body).not.toHaveProperty('client_secret');
    const chosen = await manage(tenant, 'GET', `/clients/${clientId}?fields=name,client_secret`);
    expect(chosen.body).toEqual({ name: spa.name });
    const without = await manage(tenant, 'GET', `/clients/${clientId}?fields=name&include_fields=false`);
    expect(without.body).not.toHaveProperty('name');
    expect(JSON.stringify((await manage(tenant, 'GET', '/clients')).body)).not.toContain('"client_secret"');
  });

  it('merge client_metadata key by key, and null removes one', async () => {
    const created = await manage(tenant, 'POST', '/clients', {
      name: 'M',
      client_metadata: { a: '1', b: '2' },
    });
    const path = `/clients/${created.body.client_id}`;
    const { body } = await manage(tenant, 'PATCH', path, {
      client_metadata: { b: null, c: '3' },
      description: 'd',
    });
    expect(body).toMatchObject({ description: 'd', client_metadata: { a: '1', c: '3' } });
  });

  it('lose a property that is null, if Auth0 lets it be removed', async () => {
    const quota = { token_quota: { client_credentials: { per_day: 1 } } };
    const { body } = await manage(tenant, 'POST', '/clients', { name: 'Q', ...quota });
    expect(body).toMatchObject(quota);
    const path = `/clients/${body.client_id}`;
    const removed = await manage(tenant, 'PATCH', path, { token_quota: null });
    expect(removed.status).toBe(200);
    expect(removed.body).not.toHaveProperty('token_quota');
    expect((await manage(tenant, 'PATCH', path, { description: null })).body).toEqual(
      invalid("'Expected type string but found type null' on property description"),
    );
  });

  it('are listed in each of the three formats, filtered and with selected fields', async () => {
    const paged = await newTenant();
    for (const name of ['A', 'B', 'C']) await manage(paged, 'POST', '/clients', { name, app_type: 'spa' });
    const names = (list: unknown) => (list as { name: string }[]).map(({ name }) => name);

    const array = await manage(paged, 'GET', '/clients?app_type=spa&page=1&per_page=2&fields=name');
    expect(array.body).toEqual([{ name: 'C' }]);
    const totals = await manage(paged, 'GET', '/clients?app_type=spa&include_totals=true&per_page=2');
    expect(totals.body).toMatchObject({ total: 3, start: 0, limit: 2 });
    expect(names(totals.body.clients)).toEqual(['A', 'B']);
    const first = await manage(paged, 'GET', '/clients?app_type=spa&take=2');
    expect(names(first.body.clients)).toEqual(['A', 'B']);
    const second = await manage(paged, 'GET', `/clients?app_type=spa&take=2&from=${first.body.next}`);
    expect(names(second.body.clients)).toEqual(['C']);
    expect(second.body).not.toHaveProperty('next');
    expect((await manage(paged, 'GET', '/clients?is_first_party=false')).body).toEqual([]);
    expect((await manage(paged, 'GET', '/clients?take=2&from=nonsense')).status).toBe(400);
    await paged.close();
  });

  it.each([
    ['/clients?include_totals=1', "'Expected type boolean but found type string' on property include_totals"],
    [
      '/clients?is_first_party=yes',
      "'Expected type boolean but found type string' on property is_first_party",
    ],
    ['/client-grants?subject_type=machine', "'No enum match for: machine' on property subject_type"],
    [
      '/connections?include_fields=',
      "'Expected type boolean but found type string' on property include_fields",
    ],
    ['/clients?client_id=x', "'Additional properties not allowed: client_id'"],
    ['/clients?per_page=101', "'Value 101 is greater than maximum 100' on property per_page"],
    ['/roles?per_page=0', "'Value 0 is less than minimum 1' on property per_page"],
    ['/roles?page=-1', "'Value -1 is less than minimum 0' on property page"],
    ['/roles?page=one', "'Expected type integer but found type string' on property page"],
    ['/roles?page=1&page=2', "'Expected type integer but found type array' on property page"],
    ['/roles?take=1', "'Additional properties not allowed: take'"],
    ['/connections?strategy=auth1', "'No enum match for: auth1' on property strategy.0"],
    [
      '/connections?fields=id,users',
      `'String 'id,users' does not match pattern. Must be a comma separated list of the following values: id,name,display_name,strategy,options,realms,enabled_clients,metadata,is_domain_connection,show_as_button,provisioning_ticket_url,authentication,connected_accounts,cross_app_access_requesting_app' on property fields`,
    ],
    ['/connections/con_x/clients?page=0', "'Additional properties not allowed: page'"],
    ['/connections/con_x/clients?take=1001', "'Value 1001 is greater than maximum 1000' on property take"],
    ['/resource-servers?fields=id', "'Additional properties not allowed: fields'"],
    [
      `/resource-servers?${Array.from({ length: 11 }, (_, n) => `identifiers=${n}`).join('&')}`,
      "'Array is too long (11), maximum 10' on property identifiers",
    ],
    ['/grants?fields=id', "'Additional properties not allowed: fields'"],
    ['/users-by-email', "'Missing required property: email'"],
    ['/users/x/refresh-tokens?page=0', "'Additional properties not allowed: page'"],
  ])('GET %s is refused', async (path, problem) => {
    expect(await manage(tenant, 'GET', path)).toMatchObject({
      status: 400,
      body: { message: `Query validation error: ${problem}.`, errorCode: 'invalid_query_string' },
    });
  });

  it.each([
    ['POST', '/clients?dry_run=true', { name: 'n' }, 'dry_run'],
    ['PATCH', '/clients/:client?upsert=1', { name: 'n' }, 'upsert'],
    ['DELETE', '/clients/:client?__proto__=1', undefined, '__proto__'],
  ])('%s %s is refused: it has no parameters', async (method, path, body, parameter) => {
    const answer = await manage(tenant, method, path.replace(':client', clientId), body);
    expect(answer).toMatchObject({
      status: 400,
      body: { message: `Query validation error: 'Additional properties not allowed: ${parameter}'.` },
    });
  });

  it('lose their grants and connections when deleted', async () => {
    const id = await newClient(tenant);
    await manage(tenant, 'POST', '/client-grants', { client_id: id, audience: api, scope: ['mcp:read'] });
    await manage(tenant, 'DELETE', `/clients/${id}`);
    expect((await manage(tenant, 'GET', `/client-grants?client_id=${id}`)).body).toEqual([]);
    expect(
      JSON.stringify((await manage(tenant, 'GET', `/connections/${database}/clients`)).body),
    ).not.toContain(id);
  });
});

describe('connections', () => {
  it('are an array by name, and an object with take', async () => {
    const array = await manage(tenant, 'GET', '/connections?name=google-oauth2');
    expect(array.body).toEqual([
      expect.objectContaining({
        id: expect.stringMatching(/^con_[A-Za-z0-9]{16}$/),
        name: 'google-oauth2',
        strategy: 'google-oauth2',
        is_domain_connection: false,
      }),
    ]);
    expect(JSON.stringify(array.body)).not.toContain('enabled');
    const first = await manage(tenant, 'GET', '/connections?take=1');
    expect(first.body).toMatchObject({ connections: [{}], next: expect.any(String) });
  });

  it('are enabled for one client without affecting others', async () => {
    const other = await newClient(tenant, {}, []);
    const on = await manage(tenant, 'PATCH', `/connections/${database}/clients`, [
      { client_id: other, status: true },
    ]);
    expect([on.status, on.body]).toEqual([204, {}]);
    const ids = async () => {
      const { body } = await manage(tenant, 'GET', `/connections/${database}/clients?take=100`);
      return (body.clients as { client_id: string }[]).map(({ client_id }) => client_id);
    };
    expect(await ids()).toEqual(expect.arrayContaining([clientId, other]));
    await manage(tenant, 'PATCH', `/connections/${database}/clients`, [{ client_id: other, status: false }]);
    expect(await ids()).not.toContain(other);
    expect(await ids()).toContain(clientId);
  });
});

describe('system and seeded APIs', () => {
  it('the seeded API is what setup creates', async () => {
    const { body } = await manage(tenant, 'GET', `/resource-servers/${encodeURIComponent(api)}`);
    expect(body).toMatchObject({
      identifier: api,
      signing_alg: 'RS256',
      allow_offline_access: true,
      skip_consent_for_verifiable_first_party_clients: true,
      token_dialect: 'rfc9068_profile_authz',
      subject_type_authorization: { user: { policy: 'allow_all' }, client: { policy: 'deny_all' } },
    });
  });

  it('an empty tenant has only the Management API, which cannot be deleted', async () => {
    const empty = await newTenant({ seed: 'empty' });
    const { body } = await manage(empty, 'GET', '/resource-servers');
    const apis = body as unknown as { id: string; identifier: string; is_system: boolean }[];
    expect(apis).toMatchObject([{ identifier: `${empty.issuer}api/v2/`, is_system: true }]);
    for (const [method, body] of [['DELETE'], ['PATCH', { token_dialect: 'rfc9068_profile' }]] as const) {
      const answer = await manage(empty, method, `/resource-servers/${apis[0]?.id}`, body);
      expect(answer.body).toMatchObject({ statusCode: 400, errorCode: 'operation_not_supported' });
    }
    await empty.close();
  });

  it('a grant beyond the API’s scopes is refused', async () => {
    const grant = { client_id: clientId, audience: api, scope: ['mcp:root'] };
    expect((await manage(tenant, 'POST', '/client-grants', grant)).body.message).toBe(
      'Payload validation error: scope must be a subset of resource server scopes',
    );
  });
});
