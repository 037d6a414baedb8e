import { randomAlphanumerics, randomSecret } from './identifiers.ts';

/** An application's refresh token settings. Durations in seconds, as in Auth0's API. */
export type RefreshTokenSettings = {
  rotation_type: 'rotating' | 'non-rotating';
  expiration_type: 'expiring' | 'non-expiring';
  leeway: number;
  token_lifetime: number;
  idle_token_lifetime: number;
  infinite_token_lifetime: boolean;
  infinite_idle_token_lifetime: boolean;
};

type KnownProperties = {
  tenant: string;
  global: boolean;
  client_id: string;
  client_secret: string;
  name: string;
  description?: string;
  app_type?: string;
  is_first_party: boolean;
  third_party_security_mode?: 'strict' | 'permissive';
  oidc_conformant: boolean;
  token_endpoint_auth_method: 'none' | 'client_secret_post' | 'client_secret_basic';
  grant_types: string[];
  callbacks?: string[];
  allowed_logout_urls?: string[];
  allowed_origins?: string[];
  web_origins?: string[];
  refresh_token: RefreshTokenSettings;
  jwt_configuration: { alg?: string; lifetime_in_seconds: number; secret_encoded: boolean };
  client_metadata?: Record<string, string>;
  organization_usage?: 'deny' | 'allow' | 'require';
  organization_require_behavior?: 'no_prompt' | 'pre_login_prompt' | 'post_login_prompt';
};

/** An application as `GET /api/v2/clients/{id}` returns it. Properties that the tenant only stores are untyped. */
export type Application = KnownProperties & { [stored: string]: unknown };

/** The properties of a new application. The tenant adds the defaults. */
export type ApplicationInput = { name: string } & Partial<
  Omit<KnownProperties, 'refresh_token' | 'jwt_configuration'>
> & {
    refresh_token?: Partial<RefreshTokenSettings>;
    jwt_configuration?: Partial<KnownProperties['jwt_configuration']>;
  };

const neverExpiring: RefreshTokenSettings = {
  rotation_type: 'non-rotating',
  expiration_type: 'non-expiring',
  leeway: 0,
  token_lifetime: 31557600,
  idle_token_lifetime: 2592000,
  infinite_token_lifetime: true,
  infinite_idle_token_lifetime: true,
};

function defaultGrantTypes(appType: string | undefined, authMethod: string): string[] {
  if (appType === 'non_interactive') return ['client_credentials'];
  const interactive = ['authorization_code', 'implicit', 'refresh_token'];
  return authMethod === 'none' ? interactive : [...interactive, 'client_credentials'];
}

/** A new application with Auth0's defaults, which are not the safe ones. */
export function newApplication(tenant: string, input: ApplicationInput): Application {
  const appType = input.app_type;
  const authMethod =
    input.token_endpoint_auth_method ??
    (appType === 'spa' || appType === 'native' ? 'none' : 'client_secret_post');
  return {
    tenant,
    global: false,
    is_token_endpoint_ip_header_trusted: false,
    is_first_party: true,
    oidc_conformant: false,
    sso_disabled: false,
    cross_origin_authentication: false,
    callback_url_template: false,
    custom_login_page_on: true,
    client_id: randomAlphanumerics(32),
    client_secret: randomSecret(),
    signing_keys: [],
    grant_types: defaultGrantTypes(appType, authMethod),
    ...input,
    token_endpoint_auth_method: authMethod,
    refresh_token: { ...neverExpiring, ...input.refresh_token },
    jwt_configuration: { lifetime_in_seconds: 36000, secret_encoded: false, ...input.jwt_configuration },
  };
}

/** The application after a patch. `null` removes a property, and `client_metadata` is merged key by key. */
export function patchedApplication(application: Application, patch: Record<string, unknown>): Application {
  const { client_metadata: metadata, refresh_token, jwt_configuration, ...rest } = patch;
  const next: Record<string, unknown> = { ...application, ...rest };
  if (metadata === null) delete next.client_metadata;
  else if (metadata !== undefined) {
    next.client_metadata = withoutNulls({ ...application.client_metadata, ...(metadata as object) });
  }
  if (refresh_token) next.refresh_token = { ...application.refresh_token, ...refresh_token };
  if (jwt_configuration) next.jwt_configuration = { ...application.jwt_configuration, ...jwt_configuration };
  return withoutNulls(next) as Application;
}

function withoutNulls(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}
