import type { Application } from '../../../auth0/applications.ts';
import { maker } from '../../../auth0/maker.ts';
import type { OAuthConfig, SignInConfig } from '../../../config.ts';
import { z } from '../../../schema.ts';
import { sha256 } from '../../../sha256.ts';
import { type Client, clientAuthMethods } from '../client.ts';
import { withoutLoopbackPort } from '../redirect-uri.ts';

/** Auth0 takes ten metadata keys with values of 255 characters; six are taken, four hold redirect URIs. */
const valueLimit = 255;
const uriKeys = ['redirect_uris', 'redirect_uris_2', 'redirect_uris_3', 'redirect_uris_4'];

/** Characters that all redirect URIs of a registration may have together, the spaces between them included. */
export const redirectUrisLimit = uriKeys.length * valueLimit;

/** What makes two registrations the same, and what their application is made from. */
export type Registration = Pick<Client, 'name' | 'redirectUris' | 'authMethod' | 'usesRefreshToken'> & {
  /** The URL of the client's metadata document; undefined for a registered client. */
  document?: string | undefined;
};

export const clientRecord = z.object({
  /** The Auth0 application's client id. */
  application: z.string().min(1),
  /** `registrationHash` of what it was made from. */
  hash: z.string().min(1),
  document: z.string().optional(),
  name: z.string(),
  redirectUris: z.array(z.string()),
  authMethod: z.enum(clientAuthMethods),
  usesRefreshToken: z.boolean(),
  /** Seconds since the epoch. */
  createdAt: z.number(),
  /** The day of the last sign-in or refresh that we took note of, as YYYY-MM-DD. */
  lastUsed: z.string().optional(),
  /** Our own callbacks that Auth0 knows for it. */
  callbacks: z.array(z.string()),
  /** Whether its refresh tokens still rotate: see `Application.rotates`. */
  rotates: z.boolean().optional(),
  /** Its `organization_usage`; undefined for applications from before there were organizations, which have `deny`. */
  organizationUsage: z.string().optional(),
  /** The connections that we enabled, as configured then; only the store knows, so enabling is repeated without it. */
  connections: z.array(z.string()).optional(),
});

/** A client of ours together with its Auth0 application. */
export type ClientRecord = z.infer<typeof clientRecord>;

/** Equal for registrations that are the same: order of redirect URIs and ports of loopback ones do not count. */
export function registrationHash(registration: Registration): string {
  const { name, redirectUris, authMethod, usesRefreshToken, document } = registration;
  const uris = [...new Set(redirectUris.map(withoutLoopbackPort))].sort();
  const identity = document === undefined ? [name, uris, authMethod, usesRefreshToken] : [document];
  return sha256(JSON.stringify(identity));
}

/**
 * What the shared application is made from (see `shared.ts`). Nobody can register this: a client has at least one
 * redirect URI.
 */
export const sharedRegistration: Registration = {
  name: 'Clients without an application of their own',
  redirectUris: [],
  authMethod: 'none',
  usesRefreshToken: true,
};
export const sharedHash = registrationHash(sharedRegistration);

/** Whether this is the shared application, which is never removed. */
export function isShared(record: ClientRecord): boolean {
  return record.hash === sharedHash;
}

/** A client together with its record as it was read, so that no key is read twice in a request. */
export type FoundClient = Client & {
  /** Undefined for the client of a document, whose application is looked up by the document's URL. */
  record: ClientRecord | undefined;
};

/** The client that a record is about. */
export function clientOf(record: ClientRecord): FoundClient {
  const { application, document, name, redirectUris, authMethod, usesRefreshToken } = record;
  const id = document ?? application;
  return {
    id,
    shortId: id,
    source: document === undefined ? 'registration' : 'document',
    name,
    redirectUris,
    authMethod,
    usesRefreshToken,
    record,
  };
}

/** The record as `client_metadata`, which is what survives the loss of the store. */
export function metadataOf(
  config: { oauth: Pick<OAuthConfig, 'audiences'> },
  record: Omit<ClientRecord, 'application' | 'callbacks'>,
): Record<string, string> {
  const metadata: Record<string, string> = {
    made_by: maker,
    api: apiMark(config.oauth.audiences[0]),
    registration: record.hash,
    created_at: String(record.createdAt),
  };
  if (record.lastUsed) metadata.last_used = record.lastUsed;
  if (record.document !== undefined) return { ...metadata, document: record.document };
  metadata.auth_method = record.authMethod;
  const uris = record.redirectUris.join(' ');
  uriKeys.forEach((key, index) => {
    const chunk = uris.slice(index * valueLimit, (index + 1) * valueLimit);
    if (chunk) metadata[key] = chunk;
  });
  return metadata;
}

const ourMetadata = z.object({
  made_by: z.literal(maker),
  api: z.string(),
  registration: z.string().min(1),
  created_at: z.coerce.number().int().positive(),
  last_used: z.string().date().optional(),
  document: z.string().optional(),
  auth_method: z.enum(clientAuthMethods).default('none'),
});

/** The record of an application that this server made; undefined for every other one. */
export function recordOf(
  config: SignInConfig,
  { id, name, callbacks, grantTypes, metadata, rotates, organizationUsage }: Application,
): ClientRecord | undefined {
  const ours = ourMetadata.safeParse(metadata).data;
  if (!ours || !config.oauth.audiences.some((audience) => apiMark(audience) === ours.api)) return undefined;
  const uris = uriKeys.map((key) => metadata[key] ?? '').join('');
  return {
    application: id,
    hash: ours.registration,
    document: ours.document,
    name: name.endsWith(nameSuffix) ? name.slice(0, -nameSuffix.length) : name,
    redirectUris: uris.split(' ').filter(Boolean),
    authMethod: ours.auth_method,
    usesRefreshToken: grantTypes.includes('refresh_token'),
    createdAt: ours.created_at,
    lastUsed: ours.last_used,
    callbacks,
    rotates,
    organizationUsage,
  };
}

const nameSuffix = ' (MCP)';

/** The grants of a client, in the words of RFC 7591. */
export function grantTypesOf(usesRefreshToken: boolean): string[] {
  return usesRefreshToken ? ['authorization_code', 'refresh_token'] : ['authorization_code'];
}

/** What the application is called in Auth0's dashboard. */
export function applicationName(name: string): string {
  return `${name}${nameSuffix}`;
}

/** How an API identifier is named in `client_metadata`. */
export function apiMark(audience: string): string {
  return audience.slice(0, valueLimit);
}
