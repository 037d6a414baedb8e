import type { KeyObject } from 'node:crypto';
import type { SigningKeys } from '../signing-keys.ts';
import type { Switches } from '../switches.ts';
import type { Application } from './applications.ts';
import type { Connection } from './connections.ts';
import type { Organization } from './organizations.ts';
import type { RefreshToken, StoredRecord } from './records.ts';
import type { ResourceServer } from './resource-servers.ts';
import type { Role } from './roles.ts';
import type { User } from './users.ts';
import type { Vault } from './vault.ts';

/** Allows an application to request an API's scopes, for itself (`client`) or for a user. */
export type ClientGrant = {
  id: string;
  client_id: string;
  audience: string;
  scope: string[];
  subject_type: 'client' | 'user';
  /** Whether machine clients may use it for an organization. Absent: `deny`. */
  organization_usage?: 'deny' | 'allow' | 'require' | null | undefined;
  allow_any_organization?: boolean | null | undefined;
};

/** What an authorization request asks for. */
export type RequestedGrant = { audience?: string; scopes: string[] };

/** What a user granted an application in one sign-in. A refresh can narrow it, but never widen it. */
export type Granted = RequestedGrant & { userId: string; clientId: string; organization?: string };

/** Settings as `GET /api/v2/tenants/settings` returns them. Its `iss` setting is the switch `emitIss`. */
export type TenantSettings = {
  friendly_name: string;
  default_audience: string;
  default_directory: string;
  allowed_logout_urls: string[];
  session_lifetime: number;
  idle_session_lifetime: number;
  resource_parameter_profile: 'audience' | 'compatibility';
  dynamic_client_registration_security_mode?: 'strict' | 'permissive' | undefined;
  allow_organization_name_in_authentication_api?: boolean | undefined;
  flags: { enable_dynamic_client_registration: boolean } & Record<string, boolean>;
};

/** Everything a tenant knows. It is kept in memory and lost when the tenant closes. */
export type TenantState = {
  name: string;
  origin: string;
  issuer: string;
  switches: Switches;
  keys: SigningKeys;
  opaqueTokenKey: KeyObject;
  settings: TenantSettings;
  applications: Map<string, Application>;
  connections: Connection[];
  resourceServers: Map<string, ResourceServer>;
  clientGrants: Map<string, ClientGrant>;
  users: User[];
  roles: Role[];
  organizations: Organization[];
  /** What oidc-provider stores, by its model and id. */
  records: Map<string, Map<string, StoredRecord>>;
  /** By the token itself, oldest first. */
  refreshTokens: Map<string, RefreshToken>;
  /** What was granted, by oidc-provider's grant id. */
  granted: Map<string, Granted>;
  /** The scopes that a user has consented to, by user, client and audience. */
  consents: Map<string, Set<string>>;
  /** The accounts of other companies that users have connected. */
  vault: Vault;
};

/** The settings of a new tenant. Dynamic registration is on, so that tests can bypass the facade. */
export function defaultSettings(): TenantSettings {
  return {
    friendly_name: 'Local tenant',
    default_audience: '',
    default_directory: '',
    allowed_logout_urls: [],
    session_lifetime: 168,
    idle_session_lifetime: 72,
    resource_parameter_profile: 'audience',
    flags: { enable_dynamic_client_registration: true, revoke_refresh_token_grant: false },
  };
}

/** The API with this identifier. */
export function findApi(state: TenantState, identifier: string): ResourceServer | undefined {
  return [...state.resourceServers.values()].find((api) => api.identifier === identifier);
}

/** Whether this is the tenant's Management API. */
export function isManagementApi({ issuer }: TenantState, { identifier }: ResourceServer): boolean {
  return identifier === `${issuer}api/v2/`;
}

/** The user with this id. */
export function findUser(state: TenantState, userId: string | undefined): User | undefined {
  return state.users.find(({ user_id }) => user_id === userId);
}

/** The grant that allows this application to request this API, if there is one. */
export function findClientGrant(
  state: TenantState,
  clientId: string,
  audience: string,
  subjectType: ClientGrant['subject_type'],
): ClientGrant | undefined {
  return [...state.clientGrants.values()].find(
    (grant) =>
      grant.client_id === clientId && grant.audience === audience && grant.subject_type === subjectType,
  );
}

/** The tenant's time in seconds since 1970. The switch `clockSkewSeconds` moves it. */
export function tenantNow(state: TenantState): number {
  return Math.floor(tenantNowMs(state) / 1000);
}

/** The tenant's time in milliseconds since 1970. */
export function tenantNowMs(state: TenantState): number {
  return Date.now() + state.switches.clockSkewSeconds * 1000;
}
