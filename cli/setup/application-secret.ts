import { z } from 'zod';
import type { Management } from '../management/management.ts';
import { exchange } from '../management/management-token.ts';
import type { KnownApplication } from './known-application.ts';
import type { Finding } from './plan.ts';

/** The secret of an existing application, or the finding that explains why it is not available. */
export type ApplicationSecret = { value: string } | { finding: Finding };

const withSecret = z.looseObject({ client_id: z.string(), client_secret: z.string().min(1).optional() });

/**
 * The configured secret if the tenant accepts it, otherwise the one that the tenant shows to tokens with
 * `read:client_keys`. Setup never rotates it: other deployments may use it.
 */
export async function findSecret(
  tenant: { origin: string; managementAudience: string; management: Management; mayReadSecrets: boolean },
  known: KnownApplication | undefined,
  clientId: string,
): Promise<ApplicationSecret> {
  const configured = known?.clientId === clientId ? known.clientSecret : undefined;
  if (configured) {
    const credentials = { clientId, clientSecret: configured };
    const result = await exchange(tenant.origin, tenant.managementAudience, credentials);
    // A refusal because of a missing grant means that the secret was right.
    if ('token' in result || result.refused !== 'wrong secret') return { value: configured };
  }
  const value = tenant.mayReadSecrets ? await readSecret(tenant.management, clientId) : undefined;
  if (value) return { value };
  return {
    finding: {
      level: 'problem',
      message: configured
        ? `AUTH0_CLIENT_SECRET is not the secret of ${clientId}.`
        : `The secret of the application ${clientId} is not configured here.`,
      fix: 'Copy it from the application’s settings into AUTH0_CLIENT_SECRET, or use a token with read:client_keys.',
    },
  };
}

/** A secret that the tenant shows to tokens with `read:client_keys`. */
export async function readSecret(management: Management, clientId: string): Promise<string | undefined> {
  const query = { fields: 'client_id,client_secret', include_fields: 'true' };
  const path = `/clients/${encodeURIComponent(clientId)}`;
  return (await management.find({ method: 'GET', path, query }, withSecret))?.client_secret;
}
