import { describe, expect, it } from 'vitest';
import { myAccountScopes } from '../../../lib/auth0/my-account-access.ts';
import { readConfig } from '../../../lib/config.ts';
import { sharedApplication } from '../../../lib/oauth/client/application/shared.ts';
import { exchange, signIn } from '../../dev/auth0/fixture.ts';
import { configOf } from '../../support/config.ts';
import { manage, newAccount, readVariables, serverUrl, setUpAccount, writes } from './fixture.ts';

const flags = ['--accounts', 'google-oauth2'];
const vaultGrant = 'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token';

type Account = Awaited<ReturnType<typeof newAccount>>;

const audienceAt = ({ tenant }: Account) => `${tenant.issuer}me/`;
const configured = async ({ envFile }: Account) => configOf(await readVariables(envFile));

async function connectionOf({ tenant }: Account) {
  const { body } = await manage(tenant, 'GET', '/connections?name=google-oauth2');
  return (body as unknown as { id: string; connected_accounts?: unknown }[])[0];
}

describe('--accounts', () => {
  it('prepares everything that users need to connect accounts, and tools to use them', async () => {
    const account = await newAccount();
    const outcome = await setUpAccount(account, ...flags);
    expect(outcome.state).toBe('complete');
    const variables = await readVariables(account.envFile);
    const { AUTH0_API_CLIENT_ID: apiClient = '', AUTH0_API_CLIENT_SECRET: secret = '' } = variables;
    expect(readConfig(variables)).toMatchObject({
      value: { oauth: { apiClient: { id: apiClient, secret }, connectedAccounts: ['google-oauth2'] } },
    });

    const api = await manage(
      account.tenant,
      'GET',
      `/resource-servers/${encodeURIComponent(audienceAt(account))}`,
    );
    expect(api.body).toMatchObject({
      is_system: true,
      skip_consent_for_verifiable_first_party_clients: true,
    });
    const client = await manage(account.tenant, 'GET', `/clients/${apiClient}`);
    expect(client.body).toMatchObject({
      app_type: 'resource_server',
      resource_server_identifier: serverUrl,
      grant_types: [vaultGrant],
      oidc_conformant: true,
    });

    // The server finds the application that clients share, and makes no other.
    const shared = await sharedApplication(await configured(account), { callbacks: [] });
    expect(shared.callbacks).toEqual([`${serverUrl}/callback`]);
    const grants = await manage(account.tenant, 'GET', `/client-grants?client_id=${shared.application}`);
    expect(grants.body).toMatchObject([
      { audience: audienceAt(account), scope: myAccountScopes, subject_type: 'user' },
    ]);
    const connection = await connectionOf(account);
    expect(connection?.connected_accounts).toEqual({ active: true });
    const { body } = await manage(account.tenant, 'GET', `/connections/${connection?.id}/clients`);
    expect((body as { clients: { client_id: string }[] }).clients.map(({ client_id }) => client_id)).toEqual(
      expect.arrayContaining([shared.application, apiClient]),
    );
  });

  it('lets users sign in to the page with access to their accounts', async () => {
    const account = await newAccount();
    await setUpAccount(account, ...flags);
    const { application } = await sharedApplication(await configured(account), { callbacks: [] });
    const { body } = await manage(
      account.tenant,
      'GET',
      '/connections?name=Username-Password-Authentication',
    );
    const [database] = body as unknown as { id: string }[];
    await manage(account.tenant, 'PATCH', `/connections/${database?.id}/clients`, [
      { client_id: application, status: true },
    ]);
    const redirect_uri = `${serverUrl}/callback`;
    const scope = `openid ${myAccountScopes.join(' ')}`;
    const asked = { audience: audienceAt(account), scope, redirect_uri };
    const visit = await signIn(account.tenant, application, asked);
    const granted = await exchange(account.tenant, application, visit, { redirect_uri });
    expect([granted.status, granted.body.scope]).toEqual([200, scope]);
  });

  it('changes nothing the second time, and nothing on a dry run', async () => {
    const account = await newAccount();
    const dry = await setUpAccount(account, ...flags, '--dry-run');
    expect(dry.state).toBe('planned');
    expect(writes(account.tenant)).toEqual([]);
    await setUpAccount(account, ...flags);
    const before = writes(account.tenant).length;
    const second = await setUpAccount(account, ...flags);
    expect(second.steps.map(({ action }) => action)).not.toContain('create');
    expect(writes(account.tenant).slice(before)).toEqual([]);
  });

  it('uses the custom API client that --downstream made, in the same run or before', async () => {
    for (const together of [true, false]) {
      const account = await newAccount();
      const api = 'https://api.example.com';
      await manage(account.tenant, 'POST', '/resource-servers', {
        identifier: api,
        scopes: [{ value: 'orders:read' }],
        skip_consent_for_verifiable_first_party_clients: true,
      });
      const downstream = ['--downstream', api, '--downstream-scopes', 'orders:read'];
      if (!together) await setUpAccount(account, ...downstream);
      await setUpAccount(account, ...(together ? downstream : []), ...flags);
      const { AUTH0_API_CLIENT_ID: id = '', AUTH0_API_CLIENT_SECRET } = await readVariables(account.envFile);
      const { body } = await manage(account.tenant, 'GET', '/clients?app_type=resource_server');
      expect(body).toMatchObject([
        {
          client_id: id,
          grant_types: expect.arrayContaining([vaultGrant]),
          oidc_conformant: true,
          token_exchange: { allow_any_profile_of_type: ['on_behalf_of_token_exchange'] },
        },
      ]);
      expect(AUTH0_API_CLIENT_SECRET).toBeTruthy();
    }
  });

  it('adds what is missing from a tenant where a part exists', async () => {
    const account = await newAccount();
    await manage(account.tenant, 'POST', '/resource-servers', { identifier: audienceAt(account), name: 'x' });
    await setUpAccount(account);
    const config = await configured(account);
    const { application } = await sharedApplication(config, { callbacks: [`${serverUrl}/callback`] });
    await manage(account.tenant, 'POST', '/client-grants', {
      client_id: application,
      audience: audienceAt(account),
      scope: ['read:me:connected_accounts'],
      subject_type: 'user',
    });
    await setUpAccount(account, ...flags);
    const grants = await manage(account.tenant, 'GET', `/client-grants?client_id=${application}`);
    const [grant] = grants.body as unknown as { scope: string[] }[];
    expect(grant?.scope.toSorted()).toEqual(myAccountScopes.toSorted());
    const { body } = await manage(
      account.tenant,
      'GET',
      `/resource-servers/${encodeURIComponent(audienceAt(account))}`,
    );
    expect(body.skip_consent_for_verifiable_first_party_clients).toBe(true);
  });

  it.each<[string, string[], string]>([
    ['a connection that is not there', ['--accounts', 'github'], 'no connection github'],
    ['a user database', ['--accounts', 'Username-Password-Authentication'], 'user database'],
  ])('stops at %s, before anything is changed', async (_, wrong, named) => {
    const account = await newAccount();
    const outcome = await setUpAccount(account, ...wrong);
    expect(outcome.state).toBe('problems');
    expect(outcome.findings.map(({ message }) => message).join()).toContain(named);
    expect(writes(account.tenant)).toEqual([]);
  });

  it('says that Auth0’s development keys will not do, and what Google needs', async () => {
    const account = await newAccount();
    const { findings } = await setUpAccount(account, ...flags, '--dry-run');
    const said = findings.map(({ message }) => message).join('\n');
    expect(said).toContain('development keys, which Token Vault does not take');
    expect(said).toContain('offline access');
  });

  it('needs the name of a connection', async () => {
    const account = await newAccount();
    await expect(setUpAccount(account, '--accounts', ' ')).rejects.toThrow('names no connection');
  });
});
