import { generateKeyPairSync } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../lib/config.ts';
import { manage, newAccount, readVariables, runSetup, serverUrl, setUpAccount, writes } from './fixture.ts';

const api = 'https://api.example.com';

async function tokenOf(origin: string, fields: Record<string, string>) {
  const response = await fetch(`${origin}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams(fields),
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

describe('--machine-client', () => {
  const flags = ['--machine-client', 'Nightly report', '--scopes', 'mcp:read'];

  it('makes an application that gets tokens for itself, and writes its credentials to a file of their own', async () => {
    const account = await newAccount();
    const outcome = await setUpAccount(account, ...flags);
    const file = join(account.folder, '.env.nightly-report');
    expect(outcome).toMatchObject({ state: 'complete', files: [file] });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const { MCP_CLIENT_ID: client_id = '', MCP_CLIENT_SECRET: client_secret = '' } =
      await readVariables(file);
    const { status, body } = await tokenOf(account.tenant.origin, {
      ...{ grant_type: 'client_credentials', client_id, client_secret, audience: serverUrl },
    });
    expect([status, body.scope]).toEqual([200, 'mcp:read']);
    expect(await readFile(account.envFile, 'utf8')).not.toContain(client_secret);
  });

  it('changes nothing the second time, and only the scopes if they differ', async () => {
    const account = await newAccount();
    await setUpAccount(account, ...flags);
    const before = writes(account.tenant).length;
    const second = await setUpAccount(account, ...flags);
    expect(second.steps.map(({ action }) => action)).not.toContain('create');
    expect(writes(account.tenant).slice(before)).toEqual([]);
    await setUpAccount(account, '--machine-client', 'Nightly report', '--scopes', 'mcp:read,mcp:write');
    const file = await readVariables(join(account.folder, '.env.nightly-report'));
    expect(file.MCP_CLIENT_SECRET).toBeTruthy();
    const { body } = await tokenOf(account.tenant.origin, {
      ...{ grant_type: 'client_credentials', audience: serverUrl },
      ...{ client_id: file.MCP_CLIENT_ID ?? '', client_secret: file.MCP_CLIENT_SECRET ?? '' },
    });
    expect(body.scope).toBe('mcp:read mcp:write');
  });

  it('registers a public key in place of a secret', async () => {
    const account = await newAccount();
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const path = join(account.folder, 'key.pem');
    await writeFile(path, publicKey.export({ type: 'spki', format: 'pem' }));
    await setUpAccount(account, ...flags, '--public-key', path);
    const { MCP_CLIENT_ID, MCP_CLIENT_SECRET } = await readVariables(
      join(account.folder, '.env.nightly-report'),
    );
    expect(MCP_CLIENT_SECRET).toBeUndefined();
    const { body } = await manage(account.tenant, 'GET', `/clients/${MCP_CLIENT_ID}`);
    expect(body).toMatchObject({
      grant_types: [],
      client_metadata: { machine_client_of: serverUrl, scopes: 'mcp:read' },
    });
    expect(JSON.parse(String((body.client_metadata as Record<string, string>).key))).toEqual(
      publicKey.export({ format: 'jwk' }),
    );
  });

  it.each<[string, string[], string]>([
    ['without scopes', ['--machine-client', 'x'], 'needs scopes'],
    ['with an unknown scope', ['--machine-client', 'x', '--scopes', 'everything'], 'no scope everything'],
    ['with a name that Auth0 refuses', ['--machine-client', '<x>', '--scopes', 'mcp:read'], 'name'],
    ['with a file that is no key', [...flags, '--public-key', 'package.json'], 'not a public key'],
  ])('is refused %s, before anything is changed', async (_, wrong, named) => {
    const account = await newAccount();
    await expect(setUpAccount(account, ...wrong)).rejects.toThrow(named);
    expect(writes(account.tenant)).toEqual([]);
  });

  it('never prints the secret', async () => {
    const account = await newAccount();
    const { tenant, envFile, folder } = account;
    const { stdout, stderr, code } = await runSetup(folder, [
      ...['--tenant', tenant.origin, '--url', serverUrl, '--file', envFile, '--yes', ...flags],
      ...['--client-id', 'ManagementClient0000000000000000', '--client-secret', 'management-secret'],
    ]);
    const { MCP_CLIENT_SECRET = '?' } = await readVariables(join(folder, '.env.nightly-report'));
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('.env.nightly-report');
    expect(stdout).not.toContain(MCP_CLIENT_SECRET);
  });
});

describe('--downstream', () => {
  const flags = ['--downstream', api, '--downstream-scopes', 'orders:read'];

  async function accountWithApi(changes = {}) {
    const account = await newAccount();
    await manage(account.tenant, 'POST', '/resource-servers', {
      identifier: api,
      name: 'Orders',
      scopes: [{ value: 'orders:read' }, { value: 'orders:refund' }],
      skip_consent_for_verifiable_first_party_clients: true,
      ...changes,
    });
    return account;
  }

  it('makes the custom API client and its grant, and the variables that turn call.tokenFor on', async () => {
    const account = await accountWithApi();
    await setUpAccount(account, ...flags);
    const variables = await readVariables(account.envFile);
    const id = variables.AUTH0_API_CLIENT_ID ?? '';
    expect(readConfig(variables)).toMatchObject({
      value: { oauth: { apiClient: { id, secret: variables.AUTH0_API_CLIENT_SECRET } } },
    });
    const { body } = await manage(account.tenant, 'GET', `/clients/${id}`);
    expect(body).toMatchObject({
      app_type: 'resource_server',
      resource_server_identifier: serverUrl,
      token_exchange: { allow_any_profile_of_type: ['on_behalf_of_token_exchange'] },
    });
    const grants = await manage(account.tenant, 'GET', `/client-grants?client_id=${id}`);
    expect(grants.body).toMatchObject([{ audience: api, scope: ['orders:read'], subject_type: 'user' }]);
  });

  it('changes nothing the second time, and adds scopes and APIs to the same application', async () => {
    const account = await accountWithApi();
    await setUpAccount(account, ...flags);
    const { AUTH0_API_CLIENT_ID: id } = await readVariables(account.envFile);
    const before = writes(account.tenant).length;
    await setUpAccount(account, ...flags);
    expect(writes(account.tenant).slice(before)).toEqual([]);
    await setUpAccount(account, '--downstream', api, '--downstream-scopes', 'orders:refund');
    expect((await readVariables(account.envFile)).AUTH0_API_CLIENT_ID).toBe(id);
    const { body } = await manage(account.tenant, 'GET', `/client-grants?client_id=${id}`);
    expect(body).toMatchObject([{ scope: ['orders:read', 'orders:refund'] }]);
  });

  it.each<[string, Record<string, unknown>, string[], string]>([
    ['an API that is not there', {}, ['--downstream', 'https://other.example.com'], 'no API'],
    ['a scope that it does not have', {}, ['--downstream-scopes', 'orders:burn'], 'no scope orders:burn'],
    [
      'an API that asks for consent',
      { skip_consent_for_verifiable_first_party_clients: false },
      [],
      'consent',
    ],
  ])('stops at %s, before anything is changed', async (_, changes, further, named) => {
    const account = await accountWithApi(changes);
    const before = writes(account.tenant).length;
    const outcome = await setUpAccount(account, ...flags, ...further);
    expect(outcome.state).toBe('problems');
    expect(outcome.findings.map(({ message }) => message).join()).toContain(named);
    expect(writes(account.tenant).slice(before)).toEqual([]);
  });

  it('needs scopes', async () => {
    const account = await accountWithApi();
    await expect(setUpAccount(account, '--downstream', api)).rejects.toThrow('may do');
  });
});
