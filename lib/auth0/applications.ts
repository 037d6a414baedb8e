import { idleLifetimeSeconds, type SignInConfig } from '../config.ts';
import { z } from '../schema.ts';
import { TenantError } from './errors.ts';
import { maker } from './maker.ts';
import { manage } from './management.ts';
import type { Deadline } from './request.ts';

/** An Auth0 application, as far as we use it. Its secret, which Auth0 makes even for public ones, is never read. */
export type Application = {
  id: string;
  name: string;
  callbacks: string[];
  grantTypes: string[];
  metadata: Record<string, string>;
  /** Whether its refresh tokens are replaced at each use, as those of applications made by earlier versions are. */
  rotates: boolean;
  /** Whether users sign in through it to organizations: `organization_usage`. */
  organizationUsage: string | undefined;
};

/** Whether this server made the application, by its metadata. */
export function wasMadeByUs({ metadata }: Pick<Application, 'metadata'>): boolean {
  return metadata.made_by === maker;
}

/**
 * Refresh tokens that do not rotate, because only this server can use them: they never leave it unsealed. They end 30
 * days after they were last used and a year after the sign-in.
 */
export const refreshTokenSettings = {
  rotation_type: 'non-rotating',
  expiration_type: 'expiring',
  token_lifetime: 365 * 86_400,
  idle_token_lifetime: idleLifetimeSeconds,
  infinite_token_lifetime: false,
  infinite_idle_token_lifetime: false,
} as const;

/** `organization_usage` of an application as the configuration wants it. */
export function organizationUsage({
  organizations,
}: Pick<SignInConfig, 'organizations'>): 'deny' | 'allow' | 'require' {
  if (!organizations) return 'deny';
  return organizations.required ? 'require' : 'allow';
}

/**
 * Users whose organization neither the URL nor the origin names choose it once they have signed in: of the two prompts
 * that Auth0 has, the one that it allows with optional organizations too.
 */
function organizationSettings(config: OrganizationConfig) {
  return {
    organization_usage: organizationUsage(config),
    ...(config.organizations && { organization_require_behavior: 'post_login_prompt' as const }),
    // Where links in invitations lead. Auth0 takes https alone.
    ...(config.organizations &&
      config.serverUrl.startsWith('https:') && { initiate_login_uri: `${config.serverUrl}/connections` }),
  };
}

/** Applications read at most: a tenant has 100 unless its owner has a contract for more. */
const pageSize = 100;
const maxPages = 10;

const fields = 'client_id,name,callbacks,grant_types,client_metadata,refresh_token,organization_usage';

const application = z
  .object({
    client_id: z.string().min(1),
    name: z.string().default(''),
    callbacks: z.array(z.string()).nullish(),
    grant_types: z.array(z.string()).nullish(),
    client_metadata: z.record(z.string(), z.unknown()).nullish(),
    refresh_token: z.object({ rotation_type: z.string().optional() }).nullish(),
    organization_usage: z.string().nullish(),
  })
  .transform(
    ({ client_id, name, callbacks, grant_types, client_metadata, refresh_token, ...rest }): Application => {
      const texts = Object.entries(client_metadata ?? {}).filter(
        (entry): entry is [string, string] => typeof entry[1] === 'string',
      );
      return {
        id: client_id,
        name,
        callbacks: callbacks ?? [],
        grantTypes: grant_types ?? [],
        metadata: Object.fromEntries(texts),
        rotates: refresh_token?.rotation_type === 'rotating',
        organizationUsage: rest.organization_usage ?? undefined,
      };
    },
  );

const page = z.object({ clients: z.array(application), total: z.number() });

const pathOf = (id: string) => `/api/v2/clients/${encodeURIComponent(id)}`;

type NewApplication = Omit<Application, 'id' | 'rotates' | 'organizationUsage'> & { description: string };

/** What decides how users sign in to organizations through an application. */
type OrganizationConfig = Pick<SignInConfig, 'organizations' | 'serverUrl'>;

/** Makes a public single-page application: authorization code with PKCE, refresh tokens that expire. */
export function createApplication(
  config: SignInConfig,
  made: NewApplication,
  deadline: Deadline,
): Promise<Application> {
  const json = creationOf(config, made);
  return manage(config, { method: 'POST', path: '/api/v2/clients', json, deadline }, application);
}

/** The body of `POST /api/v2/clients` that makes such an application. */
export function creationOf(
  config: OrganizationConfig,
  { name, description, callbacks, grantTypes, metadata }: NewApplication,
) {
  return {
    name,
    description,
    app_type: 'spa',
    is_first_party: true,
    // Without these three Auth0 falls back to legacy behavior: implicit grant, refresh tokens that never end.
    oidc_conformant: true,
    grant_types: grantTypes,
    refresh_token: refreshTokenSettings,
    token_endpoint_auth_method: 'none',
    jwt_configuration: { alg: 'RS256' },
    ...organizationSettings(config),
    cross_origin_authentication: false,
    callbacks,
    client_metadata: metadata,
  } as const;
}

/** The application, or undefined when the tenant has none by this id. */
export async function getApplication(
  config: SignInConfig,
  id: string,
  deadline?: Deadline,
): Promise<Application | undefined> {
  const query = { fields, include_fields: 'true' };
  return unlessGone(manage(config, { method: 'GET', path: pathOf(id), query, deadline }, application));
}

/** Changes an application and returns it; undefined when it no longer exists. `metadata` must be complete. */
export async function updateApplication(
  config: SignInConfig,
  id: string,
  changes: Partial<Pick<Application, 'callbacks' | 'metadata'>>,
  deadline?: Deadline,
): Promise<Application | undefined> {
  const { callbacks, metadata } = changes;
  // Applications made before tokens of our own had rotating refresh tokens.
  const json = {
    callbacks,
    client_metadata: metadata,
    refresh_token: refreshTokenSettings,
    ...organizationSettings(config),
  };
  return unlessGone(manage(config, { method: 'PATCH', path: pathOf(id), json, deadline }, application));
}

/** Deletes an application; one that is already gone counts as deleted. */
export async function deleteApplication(
  config: SignInConfig,
  id: string,
  deadline?: Deadline,
): Promise<void> {
  await unlessGone(manage(config, { method: 'DELETE', path: pathOf(id), deadline }, z.unknown()));
}

/** Every application of the tenant, ours or not. */
export async function listApplications(config: SignInConfig, deadline?: Deadline): Promise<Application[]> {
  const found: Application[] = [];
  for (let number = 0; number < maxPages; number++) {
    const query = {
      page: String(number),
      per_page: String(pageSize),
      include_totals: 'true',
      is_global: 'false',
      fields,
      include_fields: 'true',
    };
    const { clients, total } = await manage(
      config,
      { method: 'GET', path: '/api/v2/clients', query, deadline },
      page,
    );
    found.push(...clients);
    if (clients.length < pageSize || found.length >= total) break;
  }
  return found;
}

async function unlessGone<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof TenantError && error.kind === 'not-found') return undefined;
    throw error;
  }
}
