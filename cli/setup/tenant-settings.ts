import { z } from 'zod';
import type { Management } from './management.ts';
import type { Finding } from './plan.ts';

const settingsSchema = z.looseObject({
  default_audience: z.string().nullish(),
  authorization_response_iss_parameter_supported: z.boolean().nullish(),
  flags: z.looseObject({ enable_dynamic_client_registration: z.boolean().nullish() }).nullish(),
});

/** The tenant-wide settings that matter to the sign-in. */
export type TenantSettings = z.infer<typeof settingsSchema>;

/** Reads the tenant-wide settings. */
export function readTenantSettings(management: Management): Promise<TenantSettings> {
  return management.call({ method: 'GET', path: '/tenants/settings' }, settingsSchema);
}

/** What in the tenant-wide settings the owner should know; setup changes none, as they concern every application. */
export function checkTenantSettings(settings: TenantSettings | undefined, identifier: string): Finding[] {
  if (!settings)
    return [
      {
        level: 'note',
        message: 'The token may not read the tenant settings (read:tenant_settings): not checked.',
      },
    ];
  const findings: Finding[] = [];
  if (settings.flags?.enable_dynamic_client_registration)
    findings.push({
      level: 'warning',
      message:
        'Auth0’s own dynamic client registration is on: anyone can register applications past this server’s checks.',
      fix: 'Turn it off under Settings > Advanced, unless something else needs it; this server does not.',
    });
  if (settings.authorization_response_iss_parameter_supported)
    findings.push({
      level: 'note',
      message:
        'The tenant adds its own iss to authorization responses. That is harmless: clients see this server’s.',
    });
  if (settings.default_audience && settings.default_audience !== identifier)
    findings.push({
      level: 'note',
      message: `The tenant’s default audience is ${settings.default_audience}. This server always asks for its own.`,
    });
  return findings;
}
