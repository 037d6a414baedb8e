import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readArguments } from '../../../cli/setup/arguments.ts';
import { roleName } from '../../../cli/setup/role.ts';
import { type Outcome, setUp } from '../../../cli/setup/run.ts';
import { copyProject, linkPackages, temporaryFolder, writeFiles } from '../../support/project-copy.ts';
import {
  flagsFor,
  manage,
  managementToken,
  newAccount,
  runSetup,
  serverUrl,
  setUpAccount,
  writes,
} from './fixture.ts';

/** What setup reads of a tool. Not defined as a tool, because `permissions` belongs to an extension, which can be deleted. */
const refund = { kind: 'tool', title: 'Refund an order', permissions: ['orders:refund', 'mcp:admin'] };
const demo = { email: 'demo@example.com', password: 'demo', name: 'Demo', permissions: [] };
const everything = ['mcp:read', 'mcp:write', 'mcp:admin', 'orders:refund'];

type Account = Awaited<ReturnType<typeof newAccount>>;

/** Runs setup for a server with a tool that names permissions. */
function setUpWithTool(account: Account, ...flags: string[]): Promise<Outcome> {
  const silent = { onWait: () => {}, onPlan: () => {} };
  const args = readArguments([...flagsFor(account), '--yes', ...flags]);
  return setUp(args, {}, undefined, silent, [refund]);
}

const accountWithUser = () => newAccount({ users: [demo] });

async function apiOf({ tenant }: Account, identifier = serverUrl) {
  const { body } = await manage(tenant, 'GET', `/resource-servers/${encodeURIComponent(identifier)}`);
  return body as { scopes: { value: string; description: string }[]; enforce_policies: boolean };
}

/** The permissions of each role of the tenant, by its name. */
async function rolesOf({ tenant }: Account): Promise<Record<string, string[]>> {
  const { body } = await manage(tenant, 'GET', '/roles');
  const roles: Record<string, string[]> = {};
  for (const { id, name } of body as unknown as { id: string; name: string }[]) {
    const listed = await manage(tenant, 'GET', `/roles/${id}/permissions`);
    const permissions = listed.body as unknown as { permission_name: string }[];
    roles[name] = permissions.map(({ permission_name }) => permission_name);
  }
  return roles;
}

/** What the demo user may do. */
async function permissionsOf({ tenant }: Account): Promise<string[]> {
  const [user] = tenant.users;
  const { body } = await manage(tenant, 'GET', `/users/${user?.user_id}/permissions`);
  const permissions = body as unknown as { permission_name: string }[];
  return permissions.map(({ permission_name }) => permission_name);
}

describe('permissions that tools name', () => {
  it('become permissions of the API, described by the tools, each once', async () => {
    const account = await accountWithUser();
    await setUpWithTool(account);
    const { scopes } = await apiOf(account);
    expect(scopes.map(({ value }) => value)).toEqual(everything);
    expect(scopes.at(-1)?.description).toBe('Use these tools: Refund an order');
    const before = writes(account.tenant).length;
    await setUpWithTool(account);
    expect(writes(account.tenant).slice(before)).toEqual([]);
  });

  it('are named in a warning as long as nobody can have them', async () => {
    const account = await accountWithUser();
    const warnings = ({ findings }: Outcome) =>
      findings.filter(({ level }) => level === 'warning').map(({ message }) => message);
    expect(warnings(await setUpWithTool(account)).join()).toContain('orders:refund');
    expect(warnings(await setUpWithTool(account, '--rbac')).join()).not.toContain('orders:refund');
  });
});

it('tools that cannot be loaded are reported, and nothing is changed', async () => {
  const account = await newAccount();
  const project = await temporaryFolder();
  onTestFinished(project.remove);
  await copyProject(project.path);
  await linkPackages(project.path);
  await writeFiles(project.path, { 'lib/tools/index.ts': "throw new Error('broken');\n" });
  const run = promisify(execFile)(
    process.execPath,
    ['cli/setup.ts', '--only', 'auth0', ...flagsFor(account), '--yes'],
    { cwd: project.path },
  );
  await expect(run).rejects.toMatchObject({
    stderr: expect.stringMatching(/^The tools cannot be loaded[^\n]*\n[^\n]*npm start[^\n]*\n$/),
  });
  expect(writes(account.tenant)).toEqual([]);
});

describe('--roles', () => {
  it('creates a role for users and one for administrators, and turns RBAC on', async () => {
    const account = await accountWithUser();
    expect((await setUpWithTool(account, '--roles')).state).toBe('complete');
    expect(await rolesOf(account)).toEqual({
      'MCP user: mcp.example.com': ['mcp:read', 'mcp:write'],
      'MCP administrator: mcp.example.com': everything,
    });
    expect((await apiOf(account)).enforce_policies).toBe(true);
    expect(await permissionsOf(account)).toEqual([]);
  });

  it('changes nothing the second time, and nothing with --dry-run', async () => {
    const account = await accountWithUser();
    const planned = await setUpWithTool(account, '--roles', '--admin', demo.email, '--dry-run');
    expect(planned.steps.map(({ subject }) => subject)).toContain('role MCP user: mcp.example.com');
    expect(writes(account.tenant)).toEqual([]);
    await setUpWithTool(account, '--roles', '--admin', demo.email);
    const before = writes(account.tenant).length;
    const second = await setUpWithTool(account, '--roles', '--admin', demo.email);
    expect(second.steps.map(({ action }) => action)).not.toContain('create');
    expect(writes(account.tenant).slice(before)).toEqual([]);
  });

  it('adds what a new tool needs to the administrators’ role, and removes nothing', async () => {
    const account = await accountWithUser();
    await setUpAccount(account, '--roles');
    await setUpWithTool(account, '--roles');
    const before = await rolesOf(account);
    expect(before['MCP administrator: mcp.example.com']).toEqual(everything);
    await setUpAccount(account, '--roles');
    expect(await rolesOf(account)).toEqual(before);
  });

  it('keeps the roles of two servers of a tenant apart', async () => {
    const account = await accountWithUser();
    await setUpAccount(account, '--roles');
    await setUpAccount(account, '--roles', '--audience', 'https://other.example.com');
    expect(Object.keys(await rolesOf(account))).toEqual([
      'MCP user: mcp.example.com',
      'MCP administrator: mcp.example.com',
      'MCP user: other.example.com',
      'MCP administrator: other.example.com',
    ]);
  });

  it('gives long identifiers different names that Auth0 accepts', () => {
    const long = (end: string) => roleName('administrator', `https://${'x'.repeat(60)}.example.com/${end}`);
    expect(long('a')).toHaveLength(50);
    expect(long('a')).not.toBe(long('b'));
  });

  it('says which scopes the token lacks, before anything is changed', async () => {
    const account = await accountWithUser();
    const token = await managementToken(account.tenant, {
      scope: 'read:resource_servers read:clients read:client_grants read:connections read:roles',
    });
    const args = ['--tenant', account.tenant.origin, '--url', serverUrl, '--file', account.envFile];
    const run = runSetup(account.folder, [...args, '--token', token, '--yes', '--admin', demo.email]);
    expect((await run).stderr).toContain('lacks read:users, read:role_members.');
    expect(writes(account.tenant)).toEqual([]);
  });
});

describe('--admin', () => {
  it('needs both scopes with which Auth0 lets roles be assigned', async () => {
    const account = await accountWithUser();
    await setUpWithTool(account, '--roles');
    const token = await managementToken(account.tenant, {
      scope:
        'read:resource_servers read:clients read:client_grants read:connections read:roles read:users read:role_members create:role_members',
    });
    const args = ['--tenant', account.tenant.origin, '--url', serverUrl, '--file', account.envFile];
    const run = runSetup(account.folder, [...args, '--token', token, '--yes', '--admin', demo.email]);
    expect((await run).stderr).toContain('lacks ');
    expect((await run).stderr).toContain('update:roles');
    expect((await run).stderr).not.toContain('create:role_members');
  });

  it.each([
    ['an email address in any case', () => 'Demo@Example.com'],
    ['a user ID', ({ tenant }: Account) => tenant.users[0]?.user_id ?? ''],
  ])('assigns the administrators’ role to %s', async (_, named) => {
    const account = await accountWithUser();
    await setUpWithTool(account, '--admin', named(account));
    expect(await permissionsOf(account)).toEqual(everything);
  });

  it.each<[string, string, (account: Account) => void, string]>([
    ['a user that is not there', 'nobody@example.com', () => {}, 'no user nobody@example.com'],
    ['a user ID that is not there', 'auth0|nobody', () => {}, 'no user auth0|nobody'],
    [
      'an address that two users have',
      demo.email,
      ({ tenant }) => {
        const [user] = tenant.users;
        if (user) tenant.users.push({ ...user, user_id: 'google-oauth2|2' });
      },
      'google-oauth2|2',
    ],
    [
      'an address that its user has not verified',
      demo.email,
      ({ tenant }) => {
        for (const user of tenant.users) user.email_verified = false;
      },
      'not verified',
    ],
  ])('stops at %s, before anything is changed', async (_, named, change, message) => {
    const account = await accountWithUser();
    change(account);
    const outcome = await setUpWithTool(account, '--admin', named);
    expect(outcome.state).toBe('problems');
    expect(outcome.findings.find(({ level }) => level === 'problem')?.message).toContain(message);
    expect(writes(account.tenant)).toEqual([]);
  });

  it('refuses what is neither an address nor a user ID', async () => {
    await expect(setUpWithTool(await accountWithUser(), '--admin', 'me')).rejects.toThrow('no user');
  });
});
