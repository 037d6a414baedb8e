import type { KeyObject } from 'node:crypto';
import type { SigningKeys } from '../signing-keys.ts';
import type { Switches } from '../switches.ts';
import type { Application } from './applications.ts';
import type { Connection } from './connections.ts';
import type { ResourceServer } from './resource-servers.ts';
import type { User } from './users.ts';

/** Leave for an application to ask for an API's scopes, for itself (`client`) or for a user. */
export type ClientGrant = {
  id: string;
  client_id: string;
  audience: string;
  scope: string[];
  subject_type: 'client' | 'user';
};

/** What was granted when a code was issued; a refresh can narrow but never widen it. */
export type Granted = { audience?: string; scopes: string[] };

/** Settings as `GET /api/v2/tenants/settings` shows them; the `iss` setting there is the switch `emitIss`. */
export type TenantSettings = {
  friendly_name: string;
  default_audience: string;
  default_directory: string;
  allowed_logout_urls: string[];
  session_lifetime: number;
  idle_session_lifetime: number;
  resource_parameter_profile: 'audience' | 'compatibility';
  flags: { enable_dynamic_client_registration: boolean } & Record<string, boolean>;
};

/** Everything a tenant knows, in memory; it ends with the tenant. */
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
  /** What was granted, by oidc-provider's grant id. */
  granted: Map<string, Granted>;
  /** Scopes a user has consented to, by user, client and audience. */
  consents: Map<string, Set<string>>;
};

/** The settings a new tenant starts with; dynamic registration is on, so that going round the facade can be tested. */
export function defaultSettings(): TenantSettings {
  return {
    friendly_name: 'Local tenant',
    default_audience: '',
    default_directory: '',
    allowed_logout_urls: [],
    session_lifetime: 168,
    idle_session_lifetime: 72,
    resource_parameter_profile: 'audience',
    flags: { enable_dynamic_client_registration: true },
  };
}

/** The API with this identifier. */
export function findApi(state: TenantState, identifier: string): ResourceServer | undefined {
  return [...state.resourceServers.values()].find((api) => api.identifier === identifier);
}

/** The grant that lets this application ask for this API, if there is one. */
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

/** The tenant's own time in seconds since 1970, with the switch's skew. */
export function tenantNow(state: TenantState): number {
  return Math.floor(Date.now() / 1000) + state.switches.clockSkewSeconds;
}
