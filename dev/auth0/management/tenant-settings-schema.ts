/**
 * What the Management API accepts as tenant settings, as its OpenAPI description and the `auth0` SDK's types describe it.
 * Everything else is refused with 400 `invalid_body`:
 *
 * - a change without a property, properties that settings do not have, and unknown flags;
 * - lifetimes of sessions that are not whole numbers from 1, in hours or, with `_in_minutes`, in minutes;
 * - URLs that are not absolute, and a `support_email` that is no address; both may be empty;
 * - values outside the enumerations.
 *
 * Not enforced: how `default_audience` and `default_directory` are spelled, and what is in the settings of pages and of
 * security headers.
 */
import { z } from 'zod';
import { hasProperties, noProperties } from './payload.ts';

const absoluteUri = z.string().superRefine((value, ctx) => {
  if (value === '' || URL.canParse(value)) return;
  ctx.addIssue({ code: 'invalid_format', format: 'absolute-uri-or-empty', input: value });
});

const flags = [
  ...['change_pwd_flow_v1', 'enable_apis_section', 'disable_impersonation', 'enable_client_connections'],
  ...['enable_pipeline2', 'allow_legacy_delegation_grant_types', 'allow_legacy_ro_grant_types'],
  ...['allow_legacy_tokeninfo_endpoint', 'enable_legacy_profile', 'enable_idtoken_api2'],
  ...['enable_public_signup_user_exists_error', 'enable_sso', 'allow_changing_enable_sso'],
  ...['disable_clickjack_protection_headers', 'no_disclose_enterprise_connections'],
  ...['enforce_client_authentication_on_passwordless_start', 'enable_adfs_waad_email_verification'],
  ...['revoke_refresh_token_grant', 'dashboard_log_streams_next', 'dashboard_insights_view'],
  ...['disable_fields_map_fix', 'mfa_show_factor_list_on_enrollment', 'remove_alg_from_jwks'],
  ...['improved_signup_bot_detection_in_classic', 'genai_trial', 'local_resource_discovery'],
  ...['enable_dynamic_client_registration', 'disable_management_api_sms_obfuscation'],
  ...['trust_azure_adfs_email_verified_connection_property', 'custom_domains_provisioning'],
  // Only in the documentation ("User Consent and Third-Party Applications").
  'use_scope_descriptions_for_consent',
];

const each = <T extends z.ZodType>(schema: T, ...names: string[]) =>
  Object.fromEntries(names.map((name) => [name, schema.optional()]));

const atLeastOne = z.int().min(1);
const anything = z.record(z.string(), z.unknown()).nullable();

/** Body of `PATCH /api/v2/tenants/settings`. */
export const settingsPatch = z
  .strictObject({
    // Settings that are stored and returned, but have no effect here.
    ...each(atLeastOne, 'session_lifetime_in_minutes', 'idle_session_lifetime_in_minutes'),
    ...each(atLeastOne, 'ephemeral_session_lifetime', 'idle_ephemeral_session_lifetime'),
    ...each(
      atLeastOne,
      'ephemeral_session_lifetime_in_minutes',
      'idle_ephemeral_session_lifetime_in_minutes',
    ),
    ...each(absoluteUri, 'picture_url', 'support_url'),
    ...each(z.literal('').or(z.email()), 'support_email'),
    ...each(z.literal('').or(z.url({ protocol: /^https$/ })), 'default_redirection_uri'),
    ...each(z.string().max(8), 'sandbox_version', 'legacy_sandbox_version'),
    ...each(z.array(z.string()).min(1), 'enabled_locales'),
    ...each(z.array(z.string()).nullable(), 'acr_values_supported'),
    ...each(
      anything,
      'change_password',
      'device_flow',
      'guardian_mfa_page',
      'error_page',
      'sessions',
      'mtls',
    ),
    ...each(anything, 'default_token_quota', 'security_headers', 'session_cookie', 'country_codes'),
    ...each(z.record(z.string(), z.unknown()), 'oidc_logout'),
    ...each(z.boolean().nullable(), 'customize_mfa_in_postlogin_action'),
    ...each(z.boolean().nullable(), 'allow_organization_name_in_authentication_api'),
    ...each(z.boolean().nullable(), 'pushed_authorization_requests_supported'),
    ...each(z.boolean().nullable(), 'skip_non_verifiable_callback_uri_confirmation_prompt'),
    ...each(z.boolean(), 'client_id_metadata_document_supported', 'enable_ai_guide'),
    ...each(z.boolean(), 'phone_consolidated_experience', 'include_session_metadata_in_tenant_logs'),

    friendly_name: z.string().optional(),
    default_audience: z.string().optional(),
    default_directory: z.string().optional(),
    allowed_logout_urls: z.array(absoluteUri).optional(),
    session_lifetime: atLeastOne.optional(),
    idle_session_lifetime: atLeastOne.optional(),
    authorization_response_iss_parameter_supported: z.boolean().nullish(),
    resource_parameter_profile: z.enum(['audience', 'compatibility']).optional(),
    dynamic_client_registration_security_mode: z.enum(['strict', 'permissive']).optional(),
    flags: z.strictObject(each(z.boolean(), ...flags)).optional(),
  })
  .refine(hasProperties, noProperties);
