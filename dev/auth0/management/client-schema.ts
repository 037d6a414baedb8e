/**
 * What the Management API accepts as an application, as the `auth0` SDK's types and the API reference describe it.
 * Everything else is refused with 400 `invalid_body`:
 *
 * - properties that an application does not have, and values of another type, also of properties without effect here;
 * - a `name` that is empty or contains `<` or `>`, a `description` over 140 characters;
 * - URLs that are not absolute;
 * - values outside the enumerations, grant types among them. The app types of the dashboard's integrations, such as
 *   `salesforce`, are refused too;
 * - `client_metadata` with more than 10 keys, or with a key or value over 255 characters;
 * - `refresh_token` without both of its types, and lifetimes below 1 second;
 * - on creation, `null` for a property that cannot be null; in a patch, `null` for `name`.
 */
import { z } from 'zod';

const absoluteUri = z.string().superRefine((value, ctx) => {
  if (URL.canParse(value)) return;
  ctx.addIssue({ code: 'invalid_format', format: 'absolute-uri-or-empty', input: value });
});
const metadataText = z.string().max(255);

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
  ...each(z.int().min(1).nullable(), 'par_request_expiry'),
  ...each(z.record(z.string(), z.unknown()), 'oidc_logout', 'oidc_backchannel_logout', 'addons', 'mobile'),
  ...each(z.record(z.string(), z.unknown()), 'native_social_login', 'client_authentication_methods'),
  ...each(z.record(z.string(), z.unknown()), 'signed_request_object', 'token_exchange', 'token_quota'),
  ...each(z.record(z.string(), z.unknown()), 'express_configuration'),
  ...each(z.record(z.string(), z.unknown()).nullable(), 'session_transfer', 'encryption_key'),
  ...each(z.record(z.string(), z.unknown()).nullable(), 'default_organization'),
};

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
  web_origins: z.array(absoluteUri).optional(),
  grant_types: z.array(z.enum(grantTypes)).optional(),
  organization_usage: z.enum(['deny', 'allow', 'require']).optional(),
  jwt_configuration: z
    .strictObject({
      lifetime_in_seconds: z.int().min(1).optional(),
      alg: z.enum(['HS256', 'RS256', 'RS512', 'PS256']).optional(),
      scopes: z.unknown().optional(),
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
    .optional(),
};

/** Body of `POST /api/v2/clients`. */
export const clientCreation = z.strictObject({
  ...properties,
  client_metadata: z
    .record(metadataText, metadataText)
    .refine((metadata) => Object.keys(metadata).length <= 10, 'Too many properties defined, maximum 10')
    .optional(),
});

/** Body of `PATCH /api/v2/clients/{id}`. `null` removes an optional property. */
export const clientPatch = z.strictObject({
  ...Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [
      name,
      name === 'name' ? schema.optional() : schema.optional().nullable(),
    ]),
  ),
  client_secret: z.string().min(48).optional(),
  client_metadata: z.record(metadataText, metadataText.nullable()).nullish(),
});
