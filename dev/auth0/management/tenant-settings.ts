import { z } from 'zod';
import type { TenantState } from '../model/state.ts';
import { selectFields } from './listing.ts';
import { parsePayload } from './payload.ts';
import { selection } from './query.ts';
import type { Reply } from './reply.ts';
import type { ManagementRequest, Route } from './route.ts';
import { settingsPatch } from './tenant-settings-schema.ts';

/**
 * `/api/v2/tenants/settings`. What a change may say is in `tenant-settings-schema.ts`; flags are merged, every other setting
 * is replaced.
 */
export const tenantSettingsRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/tenants/settings',
    scopes: ['read:tenant_settings'],
    query: z.strictObject(selection()),
    handle: read,
  },
  { method: 'PATCH', path: '/tenants/settings', scopes: ['update:tenant_settings'], handle: update },
];

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
