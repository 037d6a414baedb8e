import { sharedApplicationCreation } from '../../lib/oauth/client/application/shared.ts';
import { newApplication } from './model/applications.ts';
import { defaultConnections } from './model/connections.ts';
import { randomAlphanumerics } from './model/identifiers.ts';
import { seededOrganizations } from './model/organizations.ts';
import { defaultApiScopes, managementApi, seededApi } from './model/resource-servers.ts';
import { defaultSettings, type TenantState } from './model/state.ts';
import { databaseUser, demoUsers, googleUser, ordinaryPermissions } from './model/users.ts';
import { newVault } from './model/vault.ts';
import { myAccountApi } from './my-account/api.ts';
import { tokenVaultGrant } from './my-account/token-vault.ts';
import { newOpaqueTokenKey } from './opaque-token.ts';
import type { SigningKeys } from './signing-keys.ts';
import { defaultSwitches } from './switches.ts';
import type { TenantOptions } from './tenant-options.ts';

/** A tenant with a Management application and its grant. `ready` adds the API that the server protects. */
export function seedState(origin: string, keys: SigningKeys, options: TenantOptions): TenantState {
  const issuer = `${origin}/`;
  const name = 'local';
  const management = managementApi(issuer);
  const application = newApplication(name, {
    name: 'MCP server management',
    app_type: 'non_interactive',
    token_endpoint_auth_method: 'client_secret_post',
    grant_types: ['client_credentials'],
    client_id: options.managementClient.id,
    client_secret: options.managementClient.secret,
  });
  const grantId = `cgr_${randomAlphanumerics(16)}`;
  const apiScopes = options.apiScopes ?? defaultApiScopes;
  const permissions = ordinaryPermissions(Object.keys(apiScopes));
  const apis = [
    management,
    ...(options.apiIdentifier !== undefined && options.seed !== 'empty'
      ? [seededApi(options.apiIdentifier, { ...apiScopes, ...options.apiPermissions })]
      : []),
  ];
  const { downstream, accounts, apiIdentifier = '' } = options;
  const vault = newVault(accounts?.providers);
  const client = downstream?.apiClient ?? accounts?.apiClient;
  const apiClient =
    client &&
    Object.assign(
      newApplication(name, {
        name: 'MCP server as a client of other APIs',
        app_type: 'resource_server',
        token_endpoint_auth_method: 'client_secret_post',
        oidc_conformant: true,
        grant_types: accounts ? [tokenVaultGrant] : [],
        client_id: client.id,
        client_secret: client.secret,
      }),
      {
        resource_server_identifier: apiIdentifier,
        token_exchange: { allow_any_profile_of_type: ['on_behalf_of_token_exchange'] },
      },
    );
  if (downstream)
    apis.push(
      seededApi(downstream.identifier, Object.fromEntries(downstream.scopes.map((scope) => [scope, scope]))),
    );
  const myAccount = myAccountApi(issuer);
  if (accounts) apis.push({ ...myAccount, skip_consent_for_verifiable_first_party_clients: true });
  // Through it, users sign in to the page where they connect accounts.
  const shared =
    accounts &&
    newApplication(name, {
      ...structuredClone(sharedApplicationCreation(apiIdentifier, [`${apiIdentifier}/callback`])),
      client_id: 'LocalSharedApplication0000000000',
    });
  const connections = defaultConnections().map((connection) => {
    if (vault.providers.has(connection.name)) connection.connected_accounts = { active: true };
    if (shared) connection.enabled.add(shared.client_id);
    return connection;
  });
  const applications = [application, ...(apiClient ? [apiClient] : []), ...(shared ? [shared] : [])];
  const users = [...(options.users ?? demoUsers(permissions)).map(databaseUser), googleUser(permissions)];
  return {
    name,
    origin,
    issuer,
    switches: { ...structuredClone(defaultSwitches), ...options.switches },
    keys,
    opaqueTokenKey: newOpaqueTokenKey(),
    settings: defaultSettings(),
    applications: new Map(applications.map((each) => [each.client_id, each])),
    connections,
    resourceServers: new Map(apis.map((api) => [api.id, api])),
    clientGrants: new Map([
      [
        grantId,
        {
          id: grantId,
          client_id: application.client_id,
          audience: management.identifier,
          scope:
            options.managementScopes ??
            management.scopes.map(({ value }) => value).filter((scope) => !scope.endsWith(':client_keys')),
          subject_type: 'client' as const,
        },
      ],
      ...(downstream && apiClient
        ? [
            [
              'cgr_downstream000000',
              {
                id: 'cgr_downstream000000',
                client_id: apiClient.client_id,
                audience: downstream.identifier,
                scope: downstream.scopes,
                subject_type: 'user' as const,
              },
            ] as const,
          ]
        : []),
      ...(shared
        ? [
            [
              'cgr_accounts00000000',
              {
                id: 'cgr_accounts00000000',
                client_id: shared.client_id,
                audience: myAccount.identifier,
                scope: myAccount.scopes.map(({ value }) => value),
                subject_type: 'user' as const,
              },
            ] as const,
          ]
        : []),
    ]),
    users,
    roles: [],
    organizations: seededOrganizations(options.organizations ?? [], users, connections),
    records: new Map(),
    refreshTokens: new Map(),
    granted: new Map(),
    consents: new Map(),
    vault,
  };
}
