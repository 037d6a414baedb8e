import { z } from 'zod';

const absoluteUri = z.string().superRefine((value, ctx) => {
  if (URL.canParse(value)) return;
  ctx.addIssue({ code: 'invalid_format', format: 'absolute-uri-or-empty', input: value });
});
const metadataText = z.string().max(255);

// Auth0's other properties of an application. They are stored and returned, but have no effect here.
const stored = Object.fromEntries(
  [
    ...['logo_uri', 'oidc_logout', 'oidc_backchannel_logout', 'session_transfer', 'client_aliases'],
    ...['allowed_clients', 'sso', 'sso_disabled', 'cross_origin_authentication', 'cross_origin_loc'],
    ...['custom_login_page_on', 'custom_login_page', 'custom_login_page_preview', 'form_template', 'addons'],
    ...[
      'mobile',
      'initiate_login_uri',
      'native_social_login',
      'encryption_key',
      'organization_require_behavior',
    ],
    ...['organization_discovery_methods', 'default_organization', 'client_authentication_methods'],
    ...['require_pushed_authorization_requests', 'require_proof_of_possession', 'signed_request_object'],
    ...['compliance_level', 'skip_non_verifiable_callback_uri_confirmation_prompt', 'token_exchange'],
    ...['par_request_expiry', 'token_quota', 'express_configuration', 'resource_server_identifier'],
    ...[
      'async_approval_notification_channels',
      'is_token_endpoint_ip_header_trusted',
      'third_party_security_mode',
    ],
  ].map((name) => [name, z.unknown().optional()]),
);

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
  grant_types: z.array(z.string().min(1)).optional(),
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
