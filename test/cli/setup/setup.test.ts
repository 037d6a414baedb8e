import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { managementScopes } from '../../../lib/auth0/management.ts';
import { readConfig } from '../../../lib/config.ts';
import {
  bootstrap,
  manage,
  managementToken,
  newAccount,
  readVariables,
  serverUrl,
  setUpAccount,
  writes,
} from './fixture.ts';

const apiPath = `/resource-servers/${encodeURIComponent(serverUrl)}`;

describe('an empty tenant', () => {
  it('gets the API, the application and its grant, and a file that configures the server', async () => {
    const account = await newAccount();
    const outcome = await setUpAccount(account);
    expect(outcome.state).toBe('complete');
    expect(outcome.steps.map(({ action }) => action)).toEqual(['create', 'create', 'create', 'create']);

    const { body: api } = await manage(account.tenant, 'GET', apiPath);
    expect(api).toMatchObject({
      signing_alg: 'RS256',
      allow_offline_access: true,
      skip_consent_for_verifiable_first_party_clients: true,
      token_dialect: 'rfc9068_profile_authz',
      enforce_policies: false,
      token_lifetime: 86_400,
      subject_type_authorization: { user: { policy: 'allow_all' }, client: { policy: 'deny_all' } },
    });
    expect((api.scopes as { value: string }[]).map(({ value }) => value)).toEqual([
      'mcp:read',
      'mcp:write',
      'mcp:admin',
    ]);

    const variables = await readVariables(account.envFile);
    expect((await stat(account.envFile)).mode & 0o777).toBe(0o600);
    const configured = readConfig(variables);
    expect(configured).toMatchObject({
      value: { serverUrl, oauth: { tenant: account.tenant.origin, audiences: [serverUrl] } },
    });
    expect(variables.SEALING_SECRET).toMatch(/^[\w-]{43}$/);
    expect(variables.CRON_SECRET).toMatch(/^[\w-]{43}$/);
    expect(variables.AUTH0_CLIENT_ID).not.toBe(bootstrap.id);
  });

  it('gives the application exactly the scopes the server needs', async () => {
    const account = await newAccount();
    await setUpAccount(account);
    const { AUTH0_CLIENT_ID: client_id = '', AUTH0_CLIENT_SECRET: client_secret = '' } = await readVariables(
      account.envFile,
    );
    const token = await managementToken(account.tenant, { client_id, client_secret });
    const { scope } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    expect(scope.split(' ').sort()).toEqual([...managementScopes].sort());
  });

  it('enforces roles with --rbac', async () => {
    const account = await newAccount();
    await setUpAccount(account, '--rbac');
    expect((await manage(account.tenant, 'GET', apiPath)).body).toMatchObject({ enforce_policies: true });
  });
});

describe('a tenant that is set up', () => {
  it('is not changed by a second run, and neither is the file', async () => {
    const account = await newAccount();
    await setUpAccount(account);
    const [file, before] = [await readFile(account.envFile, 'utf8'), writes(account.tenant).length];
    const outcome = await setUpAccount(account);
    expect(outcome.steps.map(({ action }) => action)).toEqual(['keep', 'keep', 'keep', 'keep']);
    expect(writes(account.tenant)).toHaveLength(before);
    expect(await readFile(account.envFile, 'utf8')).toBe(file);
  });

  it('is recognized from another folder with a token that can read secrets', async () => {
    const account = await newAccount({ managementScopes: allScopes() });
    await setUpAccount(account);
    const first = await readVariables(account.envFile);
    await writeFile(account.envFile, '');
    await setUpAccount(account);
    const { AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET } = await readVariables(account.envFile);
    expect({ AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET }).toEqual({
      AUTH0_CLIENT_ID: first.AUTH0_CLIENT_ID,
      AUTH0_CLIENT_SECRET: first.AUTH0_CLIENT_SECRET,
    });
  });

  it('stops if the secret is not available, and does not rotate it', async () => {
    const account = await newAccount();
    await setUpAccount(account);
    await writeFile(account.envFile, '');
    const outcome = await setUpAccount(account);
    expect(outcome.state).toBe('problems');
    expect(outcome.findings).toContainEqual(
      expect.objectContaining({
        level: 'problem',
        message: expect.stringContaining('is not configured here'),
      }),
    );
    expect(await readFile(account.envFile, 'utf8')).toBe('');
  });

  it('gets the right secret if the file has a wrong one', async () => {
    const account = await newAccount({ managementScopes: allScopes() });
    await setUpAccount(account);
    const file = await readFile(account.envFile, 'utf8');
    await writeFile(
      account.envFile,
      file.replace(/^AUTH0_CLIENT_SECRET=.*$/m, 'AUTH0_CLIENT_SECRET=mistyped'),
    );
    await setUpAccount(account);
    expect(await readFile(account.envFile, 'utf8')).toBe(file);
  });
});

describe('an incomplete tenant', () => {
  it('is completed, and keeps what its owner added', async () => {
    const account = await newAccount();
    await manage(account.tenant, 'POST', '/resource-servers', {
      identifier: serverUrl,
      name: 'Mine',
      signing_alg: 'HS256',
      token_lifetime: 3600,
      enforce_policies: true,
      scopes: [{ value: 'mcp:read', description: 'My words' }, { value: 'billing' }],
      subject_type_authorization: {
        user: { policy: 'require_client_grant' },
        client: { policy: 'require_client_grant' },
      },
    });
    const { steps } = await setUpAccount(account);
    const { body: api } = await manage(account.tenant, 'GET', apiPath);
    expect(api).toMatchObject({
      name: 'Mine',
      signing_alg: 'RS256',
      token_lifetime: 3600,
      enforce_policies: true,
      subject_type_authorization: {
        user: { policy: 'allow_all' },
        client: { policy: 'require_client_grant' },
      },
    });
    expect(api.scopes).toEqual([
      { value: 'mcp:read', description: 'My words' },
      { value: 'billing' },
      expect.objectContaining({ value: 'mcp:write' }),
      expect.objectContaining({ value: 'mcp:admin' }),
    ]);
    expect(steps[0]?.changes).toContainEqual({
      property: 'subject_type_authorization.user.policy',
      from: 'require_client_grant',
      to: 'allow_all',
      why: expect.any(String),
      loosens: true,
    });
  });

  it('gets shorter token lifetimes if they are longer than a day', async () => {
    const account = await newAccount();
    await manage(account.tenant, 'POST', '/resource-servers', {
      identifier: serverUrl,
      token_lifetime: 2_592_000,
      token_lifetime_for_web: 90_000,
    });
    const { steps } = await setUpAccount(account);
    expect(steps[0]?.changes).toContainEqual(
      expect.objectContaining({ property: 'token_lifetime', from: '2592000', to: '86400' }),
    );
    expect((await manage(account.tenant, 'GET', apiPath)).body).toMatchObject({
      token_lifetime: 86_400,
      token_lifetime_for_web: 86_400,
    });
  });

  it('is continued after a failure, without a second application or a lost secret', async () => {
    const account = await newAccount();
    account.tenant.switches.faults = { 'POST /api/v2/client-grants': { status: 503 } };
    await expect(setUpAccount(account)).rejects.toThrow('does not answer');
    const { AUTH0_CLIENT_SECRET } = await readVariables(account.envFile);
    account.tenant.switches.faults = {};
    const outcome = await setUpAccount(account);
    expect(outcome.steps.map(({ action }) => action)).toEqual(['keep', 'keep', 'create', 'keep']);
    expect(account.tenant.applications()).toHaveLength(2);
    expect((await readVariables(account.envFile)).AUTH0_CLIENT_SECRET).toBe(AUTH0_CLIENT_SECRET);
  });

  it('is continued after the response to creating the application was lost', async () => {
    const account = await newAccount({ managementScopes: allScopes() });
    account.tenant.switches.faults = { 'POST /api/v2/clients': { reset: true, after: true } };
    await expect(setUpAccount(account)).rejects.toThrow('does not answer');
    account.tenant.switches.faults = {};
    expect((await setUpAccount(account)).state).toBe('complete');
    expect(account.tenant.applications()).toHaveLength(2);
  });

  it('only loses scopes on the application that setup created', async () => {
    const account = await newAccount();
    await setUpAccount(account);
    const { AUTH0_CLIENT_ID: id } = await readVariables(account.envFile);
    const { body: grants } = await manage(account.tenant, 'GET', `/client-grants?client_id=${id}`);
    const [grant] = grants as unknown as { id: string }[];
    const wide = [...managementScopes, 'delete:connections'];
    await manage(account.tenant, 'PATCH', `/client-grants/${grant?.id}`, { scope: wide });
    const { steps } = await setUpAccount(account);
    expect(steps[2]?.changes).toMatchObject([{ from: wide.join(' '), to: managementScopes.join(' ') }]);
  });

  it('only causes a warning about more scopes on an application that setup did not create', async () => {
    const account = await newAccount();
    await writeFile(
      account.envFile,
      `AUTH0_CLIENT_SECRET=${bootstrap.secret}\nAUTH0_CLIENT_ID=${bootstrap.id}\n`,
    );
    const { steps, findings } = await setUpAccount(account, '--application', bootstrap.id);
    expect(steps[2]).toMatchObject({ action: 'keep' });
    expect(findings).toContainEqual(
      expect.objectContaining({
        level: 'warning',
        message: expect.stringContaining('create:resource_servers'),
      }),
    );
    expect((await readVariables(account.envFile)).AUTH0_CLIENT_ID).toBe(bootstrap.id);
  });

  it('gets a new application if the configured one no longer exists', async () => {
    const account = await newAccount();
    await writeFile(account.envFile, 'AUTH0_CLIENT_ID=gone\nAUTH0_CLIENT_SECRET=gone-too\n');
    const { state, findings } = await setUpAccount(account);
    expect(state).toBe('complete');
    expect(findings).toContainEqual(
      expect.objectContaining({ level: 'warning', message: expect.stringContaining('AUTH0_CLIENT_ID gone') }),
    );
  });
});

describe('the file', () => {
  it('is checked for write permission before anything is created', async () => {
    const account = await newAccount();
    const file = join(account.folder, 'no-such-folder', '.env.local');
    await expect(setUpAccount(account, '--file', file)).rejects.toThrow('cannot be written');
    expect(writes(account.tenant)).toEqual([]);
  });

  it('is checked as the server will read it, including the lines that setup does not change', async () => {
    const account = await newAccount();
    await writeFile(account.envFile, 'SEALING_SECRET=too-short\nMAX_CLIENTS=many\nVERCEL=1\n');
    const { findings } = await setUpAccount(account);
    const refused = findings.filter(({ message }) => message.startsWith('The server will not start'));
    expect(refused.map(({ message, fix }) => `${message} ${fix}`)).toEqual([
      expect.stringMatching(/MAX_CLIENTS .* whole number/),
      expect.stringMatching(/SEALING_SECRET .* Too short/),
    ]);
    expect(JSON.stringify(refused)).not.toContain('too-short');
  });

  it('keeps unrelated lines and existing secrets', async () => {
    const account = await newAccount();
    const mine =
      '# my own\nUPSTASH_REDIS_REST_URL="https://store.example"\n\nSEALING_SECRET=0123456789012345678901234567890123456789\n';
    await writeFile(account.envFile, mine, { mode: 0o644 });
    await setUpAccount(account);
    expect((await readFile(account.envFile, 'utf8')).startsWith(mine.trimEnd())).toBe(true);
    expect((await stat(account.envFile)).mode & 0o777).toBe(0o600);
  });
});

describe('what setup does not change', () => {
  const found = async (account: Awaited<ReturnType<typeof newAccount>>, ...flags: string[]) =>
    (await setUpAccount(account, '--dry-run', ...flags)).findings.map(
      ({ level, message }) => `${level}: ${message}`,
    );

  it('causes findings: open registration, shared Google keys, a tenant iss and another default audience', async () => {
    const account = await newAccount();
    account.tenant.switches.emitIss = true;
    await manage(account.tenant, 'PATCH', '/tenants/settings', { default_audience: 'https://other.example' });
    const findings = await found(account);
    expect(findings).toContainEqual(expect.stringMatching(/^warning: .*dynamic client registration is on/));
    expect(findings).toContainEqual(expect.stringMatching(/^warning: .*google-oauth2 uses Auth0’s shared/));
    expect(findings).toContainEqual(expect.stringMatching(/^note: .*iss/));
    expect(findings).toContainEqual(expect.stringMatching(/^note: .*https:\/\/other\.example/));
  });

  it.each([
    [
      'one of the named connections is missing',
      'Username-Password-Authentication,okta',
      /no connection okta/,
    ],
    ['all of them are missing', 'okta,saml', /Nobody can sign in/],
  ])('stops if %s', async (_, connections, message) => {
    const account = await newAccount();
    const outcome = await setUpAccount(account, '--connections', connections);
    expect(outcome.state).toBe('problems');
    expect(outcome.findings).toContainEqual(
      expect.objectContaining({ level: 'problem', message: expect.stringMatching(message) }),
    );
    expect(writes(account.tenant)).toEqual([]);
  });

  it('writes the chosen connections to the file', async () => {
    const account = await newAccount();
    await setUpAccount(account, '--connections', 'google-oauth2');
    expect((await readVariables(account.envFile)).AUTH0_CONNECTIONS).toBe('google-oauth2');
  });
});

function allScopes(): string[] {
  const entities = ['clients', 'client_grants', 'connections', 'resource_servers'];
  const verbs = ['create', 'read', 'update', 'delete'];
  const scopes = entities.flatMap((entity) => verbs.map((verb) => `${verb}:${entity}`));
  return [...scopes, 'read:tenant_settings', 'read:client_keys'];
}
