/**
 * What the Management API accepts as an application, as the `auth0` SDK's types and the API reference describe it.
 * Everything else is refused with 400 `invalid_body`:
 *
 * - properties that an application does not have, and values of another type, also of properties without effect here;
 * - a `name` that is empty or contains `<` or `>`, a `description` over 140 characters;
 * - URLs that are not absolute, and more than 100 `web_origins`;
 * - values outside the enumerations, grant types among them. The app types of the dashboard's integrations, such as
 *   `salesforce`, are refused too;
 * - `client_metadata` with more than 10 keys, with a key or value over 255 characters, or with a key that has other
 *   characters than Auth0 lists;
 * - `refresh_token` without both of its types, lifetimes below 1 second, and an idle lifetime over the absolute one;
 * - `client_authentication_methods` that are not exactly one, kinds of token exchange that do not exist, and lifetimes of
 *   pushed requests outside 10 to 600 seconds;
 * - `null` for a property that cannot be null, of which there are fewer in a patch, and in a patch an empty change and
 *   `resource_server_identifier`.
 *
 * Third-party applications have further rules (`third-party-client.ts`). Not enforced, because neither describes it: how many
 * callbacks an application may have, which schemes they may use, and the inside of the properties that are only stored.
 */
import { z } from 'zod';
import { hasProperties, noProperties } from './payload.ts';

const absoluteUri = z.string().superRefine((value, ctx) => {
  if (URL.canParse(value)) return;
  ctx.addIssue({ code: 'invalid_format', format: 'absolute-uri-or-empty', input: value });
});
const metadataText = z.string().max(255);
const metadataKey = metadataText.regex(/^[A-Za-z0-9:,\-+=_*?"/\\()<>@\t ]*$/);

/** The grant types that an application can have. */
const grantTypes = [
  'authorization_code',
  'implicit',
  'refresh_token',
  'client_credentials',
  'password',
  'http://auth0.com/oauth/grant-type/password-realm',
  'http://auth0.com/oauth/grant-type/mfa-oob',
  'http://auth0.com/oauth/grant-type/mfa-otp',
  'http://auth0.com/oauth/grant-type/mfa-recovery-code',
  'urn:openid:params:grant-type:ciba',
  'urn:ietf:params:oauth:grant-type:device_code',
  'urn:ietf:params:oauth:grant-type:token-exchange',
  'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token',
];

/** Properties of one type, by name. */
const each = <T extends z.ZodType>(schema: T, ...names: string[]) =>
  Object.fromEntries(names.map((name) => [name, schema.optional()]));

const credentials = z.strictObject({ credentials: z.array(z.unknown()) });
const authenticationMethods = z
  .strictObject({
    private_key_jwt: credentials.optional(),
    tls_client_auth: credentials.optional(),
    self_signed_tls_client_auth: credentials.optional(),
  })
  .refine((methods) => Object.keys(methods).length === 1, 'Exactly one property expected');
const tokenExchange = z.strictObject({
  allow_any_profile_of_type: z
    .array(z.enum(['custom_authentication', 'on_behalf_of_token_exchange']))
    .optional(),
});

// Auth0's other properties of an application. They are stored and returned, but have no effect here.
const stored = {
  ...each(z.boolean(), 'sso', 'sso_disabled', 'cross_origin_authentication', 'custom_login_page_on'),
  ...each(z.boolean(), 'require_pushed_authorization_requests', 'require_proof_of_possession'),
  ...each(z.boolean(), 'is_token_endpoint_ip_header_trusted'),
  ...each(z.boolean(), 'skip_non_verifiable_callback_uri_confirmation_prompt'),
  ...each(z.string(), 'cross_origin_loc', 'custom_login_page', 'custom_login_page_preview', 'form_template'),
  ...each(z.string(), 'resource_server_identifier'),
  ...each(absoluteUri, 'logo_uri', 'initiate_login_uri'),
  ...each(z.array(z.string()), 'client_aliases', 'allowed_clients', 'async_approval_notification_channels'),
  ...each(z.enum(['no_prompt', 'pre_login_prompt', 'post_login_prompt']), 'organization_require_behavior'),
  ...each(z.array(z.enum(['email', 'organization_name'])), 'organization_discovery_methods'),
  ...each(z.enum(['strict', 'permissive']), 'third_party_security_mode'),
  ...each(
    z
      .enum(['none', 'fapi1_adv_pkj_par', 'fapi1_adv_mtls_par', 'fapi2_sp_pkj_mtls', 'fapi2_sp_mtls_mtls'])
      .nullable(),
    'compliance_level',
  ),
  ...each(z.int().min(10).max(600).nullable(), 'par_request_expiry'),
  ...each(z.enum(['allow_always', 'open_redirect_protection']), 'redirection_policy'),
  ...each(z.record(z.string(), z.unknown()), 'oidc_logout', 'oidc_backchannel_logout', 'addons', 'mobile'),
  ...each(z.record(z.string(), z.unknown()), 'native_social_login'),
  ...each(authenticationMethods, 'client_authentication_methods'),
  ...each(tokenExchange, 'token_exchange'),
  ...each(z.record(z.string(), z.unknown()), 'signed_request_object', 'token_quota'),
  ...each(z.record(z.string(), z.unknown()), 'express_configuration'),
  ...each(z.record(z.string(), z.unknown()).nullable(), 'session_transfer', 'encryption_key'),
  ...each(z.record(z.string(), z.unknown()).nullable(), 'default_organization'),
};

/** Compares the lifetimes that a request sets. One that it leaves out, or that is infinite, does not count. */
function idleWithinAbsolute(
  settings: {
    token_lifetime?: number | undefined;
    idle_token_lifetime?: number | undefined;
    infinite_token_lifetime?: boolean | undefined;
    infinite_idle_token_lifetime?: boolean | undefined;
  },
  ctx: z.RefinementCtx,
): void {
  if (settings.infinite_token_lifetime || settings.infinite_idle_token_lifetime) return;
  const { token_lifetime: absolute = Infinity, idle_token_lifetime: idle = 0 } = settings;
  if (idle <= absolute) return;
  ctx.addIssue({
    code: 'custom',
    message: 'idle_token_lifetime cannot exceed token_lifetime',
    input: settings,
  });
}

const properties = {
  ...stored,
  name: z
    .string()
    .min(1)
    .regex(/^[^<>]+$/),
  description: z.string().max(140).optional(),
  app_type: z
    .enum(['native', 'spa', 'regular_web', 'non_interactive', 'resource_server', 'express_configuration'])
    .optional(),
  is_first_party: z.boolean().optional(),
  oidc_conformant: z.boolean().optional(),
  token_endpoint_auth_method: z.enum(['none', 'client_secret_post', 'client_secret_basic']).optional(),
  callbacks: z.array(absoluteUri).optional(),
  allowed_logout_urls: z.array(absoluteUri).optional(),
  allowed_origins: z.array(absoluteUri).optional(),
  web_origins: z.array(absoluteUri).max(100).optional(),
  grant_types: z.array(z.enum(grantTypes)).optional(),
  organization_usage: z.enum(['deny', 'allow', 'require']).optional(),
  jwt_configuration: z
    .strictObject({
      lifetime_in_seconds: z.int().min(1).optional(),
      alg: z.enum(['HS256', 'RS256', 'RS512', 'PS256']).optional(),
      scopes: z.record(z.string(), z.unknown()).optional(),
      secret_encoded: z.boolean().optional(),
    })
    .optional(),
  refresh_token: z
    .strictObject({
      rotation_type: z.enum(['rotating', 'non-rotating']),
      expiration_type: z.enum(['expiring', 'non-expiring']),
      leeway: z.int().min(0).optional(),
      token_lifetime: z.int().min(1).max(157788000).optional(),
      infinite_token_lifetime: z.boolean().optional(),
      idle_token_lifetime: z.int().min(1).optional(),
      infinite_idle_token_lifetime: z.boolean().optional(),
      policies: z.unknown().optional(),
    })
    .superRefine(idleWithinAbsolute)
    .optional(),
};

/** Body of `POST /api/v2/clients`. */
export const clientCreation = z.strictObject({
  ...properties,
  client_metadata: z
    .record(metadataKey, metadataText)
    .refine((metadata) => Object.keys(metadata).length <= 10, 'Too many properties defined, maximum 10')
    .optional(),
});

/** The properties that a patch can remove. */
const removable = [
  ...['session_transfer', 'encryption_key', 'cross_origin_loc', 'token_endpoint_auth_method', 'token_quota'],
  ...['native_social_login', 'refresh_token', 'default_organization', 'organization_usage'],
  ...['organization_require_behavior', 'organization_discovery_methods', 'client_authentication_methods'],
  ...['compliance_level', 'skip_non_verifiable_callback_uri_confirmation_prompt', 'token_exchange'],
  ...['par_request_expiry', 'express_configuration', 'async_approval_notification_channels'],
];

/** Body of `PATCH /api/v2/clients/{id}`. `null` removes a property, and a key of `client_metadata`. */
export const clientPatch = z
  .strictObject({
    ...Object.fromEntries(
      Object.entries(properties)
        .filter(([name]) => name !== 'resource_server_identifier')
        .map(([name, schema]) => [name, removable.includes(name) ? schema.nullish() : schema.optional()]),
    ),
    client_secret: z.string().min(48).optional(),
    client_metadata: z.record(metadataKey, metadataText.nullable()).optional(),
  })
  .refine(hasProperties, noProperties);
