import { z } from 'zod';
import type { Management } from '../management/management.ts';
import type { Finding } from './plan.ts';

const settingsSchema = z.looseObject({
  default_audience: z.string().nullish(),
  authorization_response_iss_parameter_supported: z.boolean().nullish(),
  flags: z.looseObject({ enable_dynamic_client_registration: z.boolean().nullish() }).nullish(),
});

/** The tenant-wide settings that affect the sign-in. */
export type TenantSettings = z.infer<typeof settingsSchema>;

/** Reads the tenant-wide settings. */
export function readTenantSettings(management: Management): Promise<TenantSettings> {
  return management.call({ method: 'GET', path: '/tenants/settings' }, settingsSchema);
}

/** What you should know about the tenant-wide settings. Setup changes none, because they affect every application. */
export function checkTenantSettings(settings: TenantSettings | undefined, identifier: string): Finding[] {
  if (!settings)
    return [
      {
        level: 'note',
        message: 'The tenant settings were not checked: the token lacks read:tenant_settings.',
      },
    ];
  const findings: Finding[] = [];
  if (settings.flags?.enable_dynamic_client_registration)
    findings.push({
      level: 'warning',
      message:
        'Auth0’s own dynamic client registration is on: anyone can register applications without this server’s checks.',
      fix: 'Turn it off in Settings > Advanced unless something else needs it. This server does not.',
    });
  if (settings.authorization_response_iss_parameter_supported)
    findings.push({
      level: 'note',
      message:
        'The tenant adds its own iss to authorization responses. That is harmless: clients only see this server’s.',
    });
  if (settings.default_audience && settings.default_audience !== identifier)
    findings.push({
      level: 'note',
      message: `The tenant’s default audience is ${settings.default_audience}. This server always requests its own.`,
    });
  return findings;
}
