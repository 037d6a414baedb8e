import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newRole } from '../../dev/auth0/model/roles.ts';
import { sealAccessToken } from '../../lib/access-token/grant.ts';
import { sealRefreshToken } from '../../lib/oauth/token/refresh-token.ts';
import { readAudit } from '../../lib/store/audit.ts';
import { grantIn } from '../support/access-token.ts';
import { adminUser, demoUser, signIn, type User } from '../support/browser-user.ts';
import { configOf } from '../support/config.ts';
import { eventually } from '../support/eventually.ts';
import { type Connected, type ConnectOptions, clientKinds } from '../support/mcp-clients.ts';
import { modern, poster } from '../support/mcp-request.ts';
import { oauthClient } from '../support/oauth-client.ts';
import { fetchFrom } from '../support/public-hosts.ts';
import { type TestStack, useStack } from '../support/stack.ts';

const otherUser: User = { email: 'other@example.com', password: 'other' };

/** What the functions have printed. */
const printed: string[] = [];
const stack = useStack({ instances: 2, organizations: 'optional', onPrint: (text) => printed.push(text) });
const strict = useStack({ instances: 2, organizations: 'required' });

const originOf = (name: string, { port }: TestStack) => `http://${name}.localhost:${port}`;

beforeAll(() => {
  for (const each of [stack(), strict()]) {
    const hosts = ['acme', 'globex', 'nobody'].map((name) => new URL(originOf(name, each)).host);
    vi.stubGlobal('fetch', fetchFrom(each.serverUrl, hosts));
  }
});
afterAll(() => {
  vi.unstubAllGlobals();
});

const idOf = (name: string, { tenant } = stack()) =>
  tenant.organizations.find((organization) => organization.name === name)?.id;

async function organizationOf(client: Connected) {
  const { structuredContent } = await client.callTool('whoami');
  return (structuredContent as { organization?: { id: string; name: string } }).organization;
}

const forms: [form: string, url: () => string, options: ConnectOptions][] = [
  ['the URL of the connection', () => `${stack().serverUrl}/o/acme/mcp`, {}],
  ['the origin', () => `${originOf('acme', stack())}/mcp`, {}],
  ['the user', () => stack().mcpUrl, { organization: 'Acme' }],
];

describe.each(clientKinds)('$name', ({ connect }) => {
  it.each(forms)('signs in to the organization that %s chooses, and refreshes', async (_, url, options) => {
    const client = await connect(url(), options);
    expect(await organizationOf(client)).toEqual({ id: idOf('acme'), name: 'acme' });
    await client.refresh();
    await client.reconnect();
    expect(await organizationOf(client)).toEqual({ id: idOf('acme'), name: 'acme' });
    await client.close();
  });

  it('signs in outside organizations if they are optional and the user says so', async () => {
    const client = await connect(stack().mcpUrl, { organization: 'Personal account' });
    expect(await organizationOf(client)).toBeUndefined();
    await client.close();
  });

  it('keeps what a user stores in an organization in that organization', async () => {
    const [acme, globex, personal] = await Promise.all([
      connect(`${stack().serverUrl}/o/acme/mcp`),
      connect(`${stack().serverUrl}/o/globex/mcp`),
      connect(stack().mcpUrl, { organization: 'Personal account' }),
    ]);
    await acme.callTool('add_note', { title: 'Only at Acme', text: '' });
    const notesOf = async (client: Connected) => JSON.stringify(await client.callTool('list_notes'));
    expect(await notesOf(acme)).toContain('Only at Acme');
    expect(await notesOf(globex)).not.toContain('Only at Acme');
    expect(await notesOf(personal)).not.toContain('Only at Acme');
    await Promise.all([acme, globex, personal].map((client) => client.close()));
  });
});

describe('what a client discovers', () => {
  it.each([
    ['/o/acme/mcp', () => stack().serverUrl],
    ['/mcp', () => originOf('acme', stack())],
  ])('at %s is a resource of its own, and this server as its authorization server', async (path, origin) => {
    const answer = await poster({ serverUrl: origin() }, undefined, path)(...modern('tools/list'));
    const metadataUrl = `${origin()}/.well-known/oauth-protected-resource${path}`;
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain(`resource_metadata="${metadataUrl}"`);
    const metadata = await (await fetch(metadataUrl)).json();
    expect(metadata).toMatchObject({ resource: origin() + path, authorization_servers: [origin()] });
    const server = `${origin()}/.well-known/oauth-authorization-server`;
    for (const url of [server, `${server}${path}`, `${origin()}${path}/.well-known/openid-configuration`])
      expect(await (await fetch(url)).json()).toMatchObject({ issuer: origin() });
  });

  it('shows the organization on the consent page', async () => {
    const client = oauthClient(stack().serverUrl);
    const resource = `${stack().serverUrl}/o/acme/mcp`;
    const page = await fetch(client.authorizationUrl(await client.register(), { resource }));
    expect(await page.text()).toContain('in the organization <strong><bdi>Acme</bdi></strong>');
  });

  it('does not exist for an organization that the tenant does not have', async () => {
    const client = oauthClient(stack().serverUrl);
    const clientId = await client.register();
    const resource = `${stack().serverUrl}/o/nobody/mcp`;
    const callback = await signIn(client.authorizationUrl(clientId, { resource }));
    expect(Object.fromEntries(callback.searchParams)).toMatchObject({ error: 'invalid_target' });
    const elsewhere = oauthClient(originOf('nobody', stack()));
    const refused = await signIn(elsewhere.authorizationUrl(clientId));
    expect(Object.fromEntries(refused.searchParams)).toMatchObject({ error: 'invalid_target' });
  });
});

describe('members only', () => {
  const signInTo = async (name: string, user: User, on = stack()) => {
    const client = oauthClient(on.serverUrl);
    const resource = `${on.serverUrl}/o/${name}/mcp`;
    return signIn(client.authorizationUrl(await client.register(), { resource }), { user });
  };

  it('a member signs in, somebody else is told to ask for an invitation', async () => {
    expect((await signInTo('globex', otherUser)).searchParams.get('code')).toBeTruthy();
    const refused = (await signInTo('acme', otherUser)).searchParams;
    expect(refused.get('error')).toBe('access_denied');
    expect(refused.get('error_description')).toMatch(/not a member of this organization/);
  });

  it('required organizations refuse a user who is in none, and choose the only one for a user who is in one', async () => {
    const client = oauthClient(strict().serverUrl);
    const clientId = await client.register();
    const refused = await signIn(client.authorizationUrl(clientId), { user: adminUser });
    expect(refused.searchParams.get('error')).toBe('access_denied');
    expect(refused.searchParams.get('error_description')).toMatch(/not a member of any organization/);
    const tokens = await client.tokens(clientId, { user: otherUser });
    expect(grantIn(strict(), tokens.access_token).organization).toMatchObject({ name: 'globex' });
  });

  it('required organizations refuse, at the MCP endpoint and at a refresh, what was granted without one', async () => {
    // As if organizations had become required after the sign-in.
    const client = oauthClient(strict().serverUrl);
    const clientId = await client.register();
    const tokens = await client.tokens(clientId, { organization: 'Acme' });
    const config = configOf(strict().env);
    const { organization: _, ...grant } = grantIn(strict(), tokens.access_token);
    const answer = await poster(strict(), sealAccessToken(config, grant, 600))(...modern('tools/list'));
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('The token is for no organization');
    const refreshed = await client.refresh(clientId, sealRefreshToken(config, { grant, generation: 0 }));
    expect([refreshed.status, (await refreshed.json()).error]).toEqual([400, 'invalid_grant']);
  });
});

describe('roles', () => {
  it('count in the organization in which a member has them', async () => {
    const { organizations, users } = stack().tenant;
    const demo = users.find(({ email }) => email === demoUser.email)?.user_id ?? '';
    const operator = newRole({ name: 'Operator' });
    operator.permissions.push({ identifier: stack().serverUrl, name: 'mcp:admin' });
    organizations.find(({ name }) => name === 'acme')?.members.set(demo, [operator]);
    const client = oauthClient(stack().serverUrl);
    const clientId = await client.register();
    const scopesIn = async (name: string) => {
      const changes = { resource: `${stack().serverUrl}/o/${name}/mcp`, scope: 'mcp:read mcp:admin' };
      return (await client.tokens(clientId, {}, changes)).scope;
    };
    expect(await scopesIn('acme')).toContain('mcp:admin');
    expect(await scopesIn('globex')).not.toContain('mcp:admin');
  });
});

describe('the audit log and the request log', () => {
  it('name the organization of a sign-in and of each call', async () => {
    const client = oauthClient(stack().serverUrl);
    const tokens = await client.tokens(
      await client.register(),
      {},
      { resource: `${stack().serverUrl}/o/globex/mcp` },
    );
    const { id } = grantIn(stack(), tokens.access_token);
    printed.splice(0);
    await poster(stack(), tokens.access_token, '/o/globex/mcp')(...modern('tools/list'));
    await eventually(() => {
      expect(
        printed.filter((line) => line.includes('/o/globex/mcp') && line.includes('"status":200')),
      ).toEqual([expect.stringContaining(`"organization":"${idOf('globex')}"`)]);
    });
    await eventually(async () => {
      const { entries } = await readAudit(configOf(stack().env), 50);
      expect(entries.filter((entry) => entry.grant === id && entry.action === 'sign-in')).toMatchObject([
        { organization: idOf('globex') },
      ]);
    });
  });
});
