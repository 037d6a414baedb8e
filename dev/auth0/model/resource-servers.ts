import { randomHex, randomSecret } from './identifiers.ts';

export const tokenDialects = [
  'access_token',
  'access_token_authz',
  'rfc9068_profile',
  'rfc9068_profile_authz',
] as const;
export const signingAlgorithms = ['HS256', 'RS256', 'RS512', 'PS256'] as const;
export const userPolicies = ['allow_all', 'deny_all', 'require_client_grant'] as const;
export const clientPolicies = ['deny_all', 'require_client_grant'] as const;

/** An API as `GET /api/v2/resource-servers/{id}` returns it. Lifetimes in seconds, as in Auth0's API. */
export type ResourceServer = KnownProperties & { [stored: string]: unknown };

type KnownProperties = {
  id: string;
  name: string;
  identifier: string;
  is_system: boolean;
  scopes: { value: string; description?: string | undefined }[];
  signing_alg: (typeof signingAlgorithms)[number];
  /** Only used with HS256. */
  signing_secret?: string | undefined;
  allow_offline_access: boolean;
  skip_consent_for_verifiable_first_party_clients: boolean;
  token_lifetime: number;
  token_lifetime_for_web: number;
  token_dialect: (typeof tokenDialects)[number];
  enforce_policies: boolean;
  subject_type_authorization?: {
    user?: { policy?: (typeof userPolicies)[number] | undefined } | undefined;
    client?: { policy?: (typeof clientPolicies)[number] | undefined } | undefined;
  };
};

/** What a request sets. Properties without effect here are stored as they are. */
export type ResourceServerChange = { [K in keyof KnownProperties]?: KnownProperties[K] | undefined } & {
  [stored: string]: unknown;
};

/** A new API with Auth0's defaults. */
export function newResourceServer(input: { identifier: string } & ResourceServerChange): ResourceServer {
  const lifetime = input.token_lifetime ?? 86400;
  const defaults: ResourceServer = {
    id: randomHex(24),
    name: input.identifier,
    identifier: input.identifier,
    is_system: false,
    scopes: [],
    signing_alg: 'RS256',
    allow_offline_access: false,
    skip_consent_for_verifiable_first_party_clients: false,
    token_lifetime: lifetime,
    token_lifetime_for_web: Math.min(7200, lifetime),
    token_dialect: 'access_token',
    enforce_policies: false,
  };
  return changedResourceServer(defaults, input);
}

/** The API after a change. One that signs with HS256 gets a secret. */
export function changedResourceServer(api: ResourceServer, change: ResourceServerChange): ResourceServer {
  const changed = { ...api };
  for (const [name, value] of Object.entries(change)) if (value !== undefined) changed[name] = value;
  if (changed.signing_alg === 'HS256') changed.signing_secret ??= randomSecret();
  else if (change.signing_secret === undefined) delete changed.signing_secret;
  return changed;
}

/** The scopes of the server's API unless the options name others. */
export const defaultApiScopes: Readonly<Record<string, string>> = {
  'mcp:read': 'Read your notes',
  'mcp:write': 'Add and delete notes',
  'mcp:admin': 'See the state of the server',
};

/** The API of the server under development, as `npm run setup` creates it on a real tenant. */
export function seededApi(identifier: string, scopes: Readonly<Record<string, string>>): ResourceServer {
  return newResourceServer({
    identifier,
    name: 'MCP server',
    allow_offline_access: true,
    skip_consent_for_verifiable_first_party_clients: true,
    token_dialect: 'rfc9068_profile_authz',
    enforce_policies: true,
    subject_type_authorization: { user: { policy: 'allow_all' }, client: { policy: 'deny_all' } },
    scopes: Object.entries(scopes).map(([value, description]) => ({ value, description })),
  });
}

const managementScopes = [
  ...['clients', 'client_grants', 'connections', 'resource_servers', 'roles', 'organizations'].flatMap(
    (entity) => ['create', 'read', 'update', 'delete'].map((verb) => `${verb}:${entity}`),
  ),
  'read:client_keys',
  'update:client_keys',
  'read:tenant_settings',
  'update:tenant_settings',
  'read:users',
  'update:users',
  ...['create', 'read', 'delete'].map((verb) => `${verb}:role_members`),
  ...['members', 'member_roles', 'connections', 'invitations', 'client_grants'].flatMap((entity) =>
    ['create', 'read', 'delete'].map((verb) => `${verb}:organization_${entity}`),
  ),
  ...['grants', 'device_credentials', 'refresh_tokens'].flatMap((entity) => [
    `read:${entity}`,
    `delete:${entity}`,
  ]),
];

/** The Management API, which every tenant has. */
export function managementApi(issuer: string): ResourceServer {
  return newResourceServer({
    identifier: `${issuer}api/v2/`,
    name: 'Auth0 Management API',
    is_system: true,
    scopes: managementScopes.map((value) => ({ value })),
  });
}
