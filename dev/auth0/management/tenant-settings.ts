import { z } from 'zod';
import type { TenantState } from '../model/state.ts';
import { selectFields } from './listing.ts';
import { parsePayload } from './payload.ts';
import type { Reply } from './reply.ts';
import type { ManagementRequest, Route } from './route.ts';

/** `/api/v2/tenants/settings`. */
export const tenantSettingsRoutes: readonly Route[] = [
  { method: 'GET', path: '/tenants/settings', scopes: ['read:tenant_settings'], handle: read },
  { method: 'PATCH', path: '/tenants/settings', scopes: ['update:tenant_settings'], handle: update },
];

const settingsPatch = z.strictObject({
  friendly_name: z.string().optional(),
  default_audience: z.string().optional(),
  default_directory: z.string().optional(),
  allowed_logout_urls: z.array(z.string()).optional(),
  session_lifetime: z.number().positive().optional(),
  idle_session_lifetime: z.number().positive().optional(),
  authorization_response_iss_parameter_supported: z.boolean().nullish(),
  resource_parameter_profile: z.enum(['audience', 'compatibility']).optional(),
  allow_organization_name_in_authentication_api: z.boolean().optional(),
  flags: z.record(z.string(), z.boolean()).optional(),
});

function visible({ settings, switches }: TenantState): Record<string, unknown> {
  return { ...settings, authorization_response_iss_parameter_supported: switches.emitIss };
}

function read({ state, query }: ManagementRequest): Reply {
  return { status: 200, body: selectFields(visible(state), query) };
}

function update({ state, body }: ManagementRequest): Reply {
  const parsed = parsePayload(settingsPatch, body);
  if (!parsed.ok) return parsed.reply;
  const { authorization_response_iss_parameter_supported: emitIss, flags, ...rest } = parsed.value;
  if (emitIss !== undefined) state.switches.emitIss = emitIss ?? false;
  Object.assign(state.settings, rest);
  Object.assign(state.settings.flags, flags);
  return { status: 200, body: visible(state) };
}
