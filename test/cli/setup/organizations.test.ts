import { describe, expect, it } from 'vitest';
import { demoOrganizations } from '../../../dev/auth0/model/organizations.ts';
import { managementScopes, organizationScopes } from '../../../lib/auth0/management.ts';
import { readConfig } from '../../../lib/config.ts';
import { manage, newAccount, readVariables, setUpAccount, writes } from './fixture.ts';

const grantOf = async ({ tenant, envFile }: Awaited<ReturnType<typeof newAccount>>) => {
  const { AUTH0_CLIENT_ID: id } = await readVariables(envFile);
  const { body } = await manage(tenant, 'GET', `/client-grants?client_id=${id}`);
  return (body as unknown as { scope: string[] }[])[0]?.scope;
};

describe('--organizations', () => {
  it('writes the variables and lets the server read organizations', async () => {
    const account = await newAccount({ organizations: demoOrganizations });
    const flags = ['--organizations', 'optional', '--organization-domain', 'example.com'];
    const { state, findings } = await setUpAccount(account, ...flags);
    expect(state).toBe('complete');
    expect(findings.map(({ message }) => message)).toContainEqual(
      expect.stringContaining('Organizations in the tenant: 2.'),
    );
    expect(readConfig(await readVariables(account.envFile))).toMatchObject({
      value: { organizations: { required: false, domain: { host: 'example.com' } } },
    });
    expect(await grantOf(account)).toEqual([...managementScopes, ...organizationScopes]);
  });

  it('keeps what is set up when it runs again without the flag, and changes nothing', async () => {
    const account = await newAccount({ organizations: demoOrganizations });
    await setUpAccount(account, '--organizations', 'required');
    const before = writes(account.tenant).length;
    const { state, steps } = await setUpAccount(account);
    expect([state, ...steps.map(({ action }) => action)]).toEqual(['complete', ...steps.map(() => 'keep')]);
    expect(writes(account.tenant)).toHaveLength(before);
    expect((await readVariables(account.envFile)).ORGANIZATIONS).toBe('required');
  });

  it('takes the scope away again with off', async () => {
    const account = await newAccount({ organizations: demoOrganizations });
    await setUpAccount(account, '--organizations', 'required');
    await setUpAccount(account, '--organizations', 'off');
    expect(await grantOf(account)).toEqual(managementScopes);
    expect(readConfig(await readVariables(account.envFile))).toMatchObject({
      value: { organizations: undefined },
    });
  });

  it('shows the plan alone on a dry run', async () => {
    const account = await newAccount();
    const { state, steps } = await setUpAccount(account, '--organizations', 'optional', '--dry-run');
    expect(state).toBe('planned');
    expect(JSON.stringify(steps)).toContain('ORGANIZATIONS');
    expect(writes(account.tenant)).toEqual([]);
  });

  it('warns of a tenant without organizations, of one that nobody can sign in to, and of names without an origin', async () => {
    const empty = await setUpAccount(await newAccount(), '--organizations', 'optional');
    expect(empty.findings.map(({ message }) => message)).toContain('The tenant has no organization.');
    const account = await newAccount();
    await manage(account.tenant, 'POST', '/organizations', { name: 'under_score' });
    const flags = ['--organizations', 'optional', '--organization-domain', 'example.com'];
    const { findings } = await setUpAccount(account, ...flags);
    const messages = findings.map(({ message }) => message).join('\n');
    expect(messages).toContain('Nobody can sign in to under_score');
    expect(messages).toContain('cannot be in a host name: under_score');
  });

  it.each([
    [['--organizations', 'sometimes'], /ORGANIZATIONS/],
    [['--organizations', 'optional', '--organization-domain', '*.example.com'], /ORGANIZATION_DOMAIN/],
    [['--organization-domain', 'example.com'], /ORGANIZATION_DOMAIN/],
  ])('%j is refused before anything is changed', async (flags, expected) => {
    const account = await newAccount();
    await expect(setUpAccount(account, ...flags)).rejects.toThrow(expected);
    expect(writes(account.tenant)).toEqual([]);
  });
});
