import type { ManagementClient } from 'auth0';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoOrganizations } from '../../../dev/auth0/model/organizations.ts';
import type { Tenant } from '../../../dev/auth0/tenant.ts';
import { openBrowser } from './browser.ts';
import {
  admin,
  all,
  callback,
  demo,
  exchange,
  type Json,
  manage,
  managementSdk,
  newClient,
  newTenant,
  postForm,
  refresh,
  signIn,
  tokens,
} from './fixture.ts';

const other = { username: 'other@example.com', password: 'other' };

let tenant: Tenant;
let management: ManagementClient;
let acme: string;
let globex: string;
beforeAll(async () => {
  tenant = await newTenant({ organizations: demoOrganizations });
  management = managementSdk(tenant);
  const idOf = (name: string) => tenant.organizations.find((each) => each.name === name)?.id ?? '';
  [acme, globex] = [idOf('acme'), idOf('globex')];
});
afterAll(() => tenant.close());

const idOf = (email: string) => tenant.users.find((user) => user.email === email)?.user_id ?? '';
const client = (usage?: string, prompt?: string, more: Json = {}) =>
  newClient(tenant, {
    ...(usage && { organization_usage: usage }),
    ...(prompt && { organization_require_behavior: prompt }),
    ...more,
  });
const errorIn = (visit: Awaited<ReturnType<typeof signIn>>) => [
  visit.left?.searchParams.get('error'),
  visit.left?.searchParams.get('error_description'),
];

describe('Auth0’s Management SDK', () => {
  it('creates, finds, renames and deletes organizations', async () => {
    const created = await management.organizations.create({ name: 'initech', display_name: 'Initech' });
    const id = created.id ?? '';
    expect(id).toMatch(/^org_\w{16}$/);
    expect(await management.organizations.getByName('initech')).toMatchObject({
      id,
      display_name: 'Initech',
    });
    expect((await all(management.organizations.list())).map(({ name }) => name)).toEqual([
      'acme',
      'globex',
      'initech',
    ]);
    await expect(management.organizations.create({ name: 'initech' })).rejects.toMatchObject({
      statusCode: 409,
      body: { errorCode: 'organization_conflict' },
    });
    expect(await management.organizations.update(id, { name: 'initrode' })).toMatchObject({
      name: 'initrode',
    });
    await management.organizations.delete(id);
    await expect(management.organizations.getByName('initrode')).rejects.toMatchObject({
      statusCode: 404,
      body: { message: 'No organization found by that id or name' },
    });
  });

  it('manages connections, members and their roles', async () => {
    const created = await management.organizations.create({ name: 'hooli' });
    const id = created.id ?? '';
    const [connection] = await all(management.connections.list({ name: 'google-oauth2' }));
    const connection_id = connection?.id ?? '';
    await management.organizations.enabledConnections.add(id, { connection_id });
    expect(await all(management.organizations.enabledConnections.list(id))).toMatchObject([
      { connection_id },
    ]);
    const user = idOf('admin@example.com');
    await management.organizations.members.create(id, { members: [user] });
    expect(await all(management.organizations.members.list(id))).toMatchObject([{ user_id: user }]);
    expect(await all(management.users.organizations.list(user))).toMatchObject([{ id, name: 'hooli' }]);
    const role = await management.roles.create({ name: 'Operator' });
    await management.organizations.members.roles.assign(id, user, { roles: [role.id ?? ''] });
    expect(await all(management.organizations.members.roles.list(id, user))).toMatchObject([{ id: role.id }]);
    await management.organizations.members.delete(id, { members: [user] });
    expect(await all(management.users.organizations.list(user))).toEqual([]);
    await management.organizations.delete(id);
  });

  it.each(['Acme', 'a b', '', 'ä', 'a'.repeat(51), '-a', 'a/b'])('is refused the name %j', async (name) => {
    await expect(management.organizations.create({ name })).rejects.toMatchObject({
      statusCode: 400,
      body: { errorCode: 'invalid_body' },
    });
  });
});

describe('an authorization request', () => {
  const refused: [string, string | undefined, () => string | undefined, string][] = [
    ['deny', undefined, () => acme, 'parameter organization is not allowed for this client'],
    ['require', 'no_prompt', () => undefined, 'parameter organization is required for this client'],
    ['allow', undefined, () => 'org_0000000000000000', 'invalid organization'],
    // Names count only if the tenant allows them.
    ['allow', undefined, () => 'acme', 'invalid organization'],
  ];
  it.each(refused)(
    'of an application with %s and %s is refused',
    async (usage, prompt, organization, description) => {
      const id = await client(usage, prompt);
      const visit = await signIn(tenant, id, { organization: organization() });
      expect(errorIn(visit)).toEqual(['invalid_request', description]);
    },
  );

  it('is refused to those who are not members', async () => {
    const visit = await signIn(tenant, await client('allow'), { organization: acme }, undefined, other);
    expect(errorIn(visit)).toEqual([
      'access_denied',
      `user ${idOf('other@example.com')} is not part of the ${acme} organization`,
    ]);
  });

  it('makes a member of whoever signs in with a connection that assigns membership', async () => {
    const [found] = tenant.organizations.filter(({ id }) => id === acme);
    const [connection = ''] = found?.connections.keys() ?? [];
    found?.connections.set(connection, { assign_membership_on_login: true });
    const visit = await signIn(tenant, await client('allow'), { organization: acme }, undefined, admin);
    found?.connections.set(connection, { assign_membership_on_login: false });
    expect(visit.left?.searchParams.has('code')).toBe(true);
    expect(found?.members.has(idOf('admin@example.com'))).toBe(true);
    found?.members.delete(idOf('admin@example.com'));
  });

  it('is refused to a third-party application unless the organization allows those', async () => {
    const thirdParty = { is_first_party: false, third_party_security_mode: 'permissive' };
    const id = await client('allow', undefined, thirdParty);
    for (const connection of tenant.organizations.flatMap(({ connections }) => [...connections.keys()]))
      await manage(tenant, 'PATCH', `/connections/${connection}`, { is_domain_connection: true });
    const refused = await signIn(tenant, id, { organization: acme });
    expect(errorIn(refused)).toEqual([
      'invalid_request',
      'the organization does not allow third-party applications',
    ]);
    await management.organizations.update(acme, { third_party_client_access: 'allow' } as Json);
    const allowed = await signIn(tenant, id, { organization: acme });
    expect(errorIn(allowed)[0]).not.toBe('invalid_request');
  });

  it('uses the organization’s connections, not those of the application', async () => {
    const id = await newClient(tenant, { organization_usage: 'allow' }, []);
    expect(errorIn(await signIn(tenant, id))).toEqual([
      'invalid_request',
      'no connections enabled for the client',
    ]);
    expect((await signIn(tenant, id, { organization: acme })).left?.searchParams.has('code')).toBe(true);
  });

  it('accepts a callback with the organization’s name in place of the placeholder, for that one only', async () => {
    const id = await client('allow', undefined, {
      callbacks: [callback, 'https://{organization_name}.example.com/callback'],
    });
    const at = (name: string) => ({ redirect_uri: `https://${name}.example.com/callback` });
    const visit = await signIn(tenant, id, { organization: acme, ...at('acme') });
    expect(visit.left?.origin).toBe('https://acme.example.com');
    for (const params of [{ organization: acme, ...at('globex') }, at('acme')])
      expect((await signIn(tenant, id, params).catch(() => undefined))?.left).toBeUndefined();
  });
});

describe('a prompt for the organization', () => {
  const choices: [string, typeof demo, string | undefined, () => string | undefined][] = [
    ['require', other, undefined, () => globex],
    ['require', demo, 'Acme', () => acme],
    ['allow', demo, 'Globex', () => globex],
    ['allow', demo, 'Personal account', () => undefined],
    ['allow', admin, undefined, () => undefined],
  ];
  it.each(choices)('of an application with %s: %j chooses %s', async (usage, user, choice, expected) => {
    const id = await client(usage, 'post_login_prompt');
    const browser = openBrowser(tenant.origin);
    let visit = await signIn(tenant, id, {}, browser, user);
    if (choice) {
      expect(visit.left).toBeUndefined();
      const [, value = ''] = new RegExp(`value="([^"]*)">${choice}<`).exec(visit.html) ?? [];
      visit = await browser.submit(visit, { organization: value });
    }
    const { body } = await exchange(tenant, id, visit);
    expect(decodeJwt(String(body.access_token)).org_id).toBe(expected());
  });

  it('refuses a user without an organization if one is required', async () => {
    const visit = await signIn(tenant, await client('require', 'post_login_prompt'), {}, undefined, admin);
    expect(errorIn(visit)).toEqual([
      'access_denied',
      'client requires organization membership, but user does not belong to any organization',
    ]);
  });
});

describe('tokens', () => {
  const scope = 'openid mcp:read offline_access';

  it('have org_id, and org_name if the tenant allows names', async () => {
    const id = await client('allow');
    const granted = await tokens(tenant, id, { organization: acme, scope });
    for (const token of [granted.access_token, granted.id_token])
      expect(decodeJwt(String(token))).toMatchObject({ org_id: acme });
    expect(decodeJwt(String(granted.access_token))).not.toHaveProperty('org_name');
    await manage(tenant, 'PATCH', '/tenants/settings', {
      allow_organization_name_in_authentication_api: true,
    });
    const named = await tokens(tenant, id, { organization: 'acme', scope });
    await manage(tenant, 'PATCH', '/tenants/settings', {
      allow_organization_name_in_authentication_api: false,
    });
    for (const token of [named.access_token, named.id_token])
      expect(decodeJwt(String(token))).toMatchObject({ org_id: acme, org_name: 'acme' });
  });

  it('stay in the organization when they are refreshed, until the user is no longer a member', async () => {
    const id = await client('allow');
    const granted = await tokens(tenant, id, { organization: globex, scope }, other);
    const again = await refresh(tenant, id, granted.refresh_token);
    expect(decodeJwt(String(again.body.access_token))).toMatchObject({ org_id: globex });
    await management.organizations.members.delete(globex, { members: [idOf('other@example.com')] });
    const refused = await refresh(tenant, id, again.body.refresh_token);
    expect([refused.status, refused.body.error]).toEqual([403, 'invalid_grant']);
    tenant.switches.membershipChecked = false;
    expect((await refresh(tenant, id, again.body.refresh_token)).status).toBe(200);
    tenant.switches.membershipChecked = true;
    await management.organizations.members.create(globex, { members: [idOf('other@example.com')] });
  });
});

it('a machine client gets a token for an organization only by its client grant', async () => {
  const machine = await management.clients.create({
    name: 'Nightly report',
    app_type: 'non_interactive',
    grant_types: ['client_credentials'],
  });
  const audience = 'https://orders.example.com';
  await management.resourceServers.create({ identifier: audience, scopes: [{ value: 'orders:read' }] });
  const grant = await management.clientGrants.create({
    client_id: machine.client_id ?? '',
    audience,
    scope: ['orders:read'],
  });
  const ask = (organization?: string) =>
    postForm(tenant, '/oauth/token', {
      grant_type: 'client_credentials',
      client_id: machine.client_id ?? '',
      client_secret: machine.client_secret ?? '',
      audience,
      ...(organization && { organization }),
    });
  expect([(await ask()).status, (await ask(acme)).status]).toEqual([200, 403]);
  await management.clientGrants.update(grant.id ?? '', { organization_usage: 'require' });
  expect([(await ask()).status, (await ask(acme)).status]).toEqual([400, 403]);
  await management.organizations.clientGrants.create(acme, { grant_id: grant.id ?? '' });
  const { body } = await ask(acme);
  expect(decodeJwt(String(body.access_token))).toMatchObject({ org_id: acme });
  expect((await ask(globex)).status).toBe(403);
});
