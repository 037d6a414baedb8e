import { CommandFailure } from '../failure.ts';
import { type DeletingManagement, openManagement } from '../management/management.ts';
import { obtainToken } from '../management/management-token.ts';
import type { Deployment } from './deployment.ts';

/** The tenant's Management API, and what the credentials may do there. */
export type Tenant = { management: DeletingManagement; scopes: Set<string> };

/**
 * Opens the Management API with a token, else as the server's own application. Returns the failure instead of throwing it,
 * because much can be done without the tenant.
 *
 * @param token from `--token`.
 */
export async function openTenant(
  { config: { oauth }, variables }: Deployment,
  token: string | undefined,
  onWait: (seconds: number) => void,
): Promise<Tenant | CommandFailure> {
  const given = token ?? variables.AUTH0_MANAGEMENT_TOKEN;
  const { tenant, managementAudience, clientId, clientSecret } = oauth;
  try {
    const credentials = given ? { token: given } : { clientId, clientSecret };
    const obtained = await obtainToken(tenant, managementAudience, credentials);
    return { management: openManagement(tenant, obtained.token, onWait), scopes: obtained.scopes };
  } catch (error) {
    if (error instanceof CommandFailure) return error;
    throw error;
  }
}

/** Which of these scopes the credentials lack, as a sentence; undefined if they have them all. */
export function lacking(tenant: Tenant | CommandFailure, needed: string[]): string | undefined {
  if (tenant instanceof CommandFailure) return tenant.message;
  const missing = needed.filter((scope) => !tenant.scopes.has(scope));
  return missing.length ? `The Management API credentials lack ${missing.join(', ')}.` : undefined;
}
