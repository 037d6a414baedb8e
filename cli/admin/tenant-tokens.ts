import { z } from 'zod';
import { CommandFailure } from '../failure.ts';
import { lacking, type Tenant } from './tenant.ts';

/** What was ended at the tenant, and what could not be. */
export type TenantEnd = { refreshTokens: number; grants: number; undone: string[] };

const credentials = z.array(z.object({ id: z.string(), client_id: z.string() }));
const grants = z.array(z.object({ id: z.string(), clientID: z.string() }));

/** Auth0 lists rotating refresh tokens apart from the others. */
const tokenTypes = ['refresh_token', 'rotating_refresh_token'];
const pageSize = 100;

/** Auth0 lists no more of a user's refresh tokens, and refuses a page beyond them. */
const mostListed = 1000;

/**
 * Ends what Auth0 keeps of a user for this server's applications: refresh tokens, then grants. Nothing of the tenant's other
 * applications is touched. Never throws: what cannot be done is in the result.
 */
export async function endAtTenant(
  tenant: Tenant | CommandFailure,
  subject: string,
  applications: ReadonlySet<string>,
): Promise<TenantEnd> {
  const end: TenantEnd = { refreshTokens: 0, grants: 0, undone: [] };
  const attempt = async (what: string, scopes: string[], work: (tenant: Tenant) => Promise<void>) => {
    const lacks = lacking(tenant, scopes);
    if (tenant instanceof CommandFailure || lacks) return void end.undone.push(`${what}: ${lacks}`);
    try {
      await work(tenant);
    } catch (error) {
      if (!(error instanceof CommandFailure)) throw error;
      end.undone.push(`${what}: ${error.message}`);
    }
  };

  await attempt(
    'Refresh tokens that only Auth0 knows',
    ['read:device_credentials', 'delete:device_credentials'],
    async ({ management }) => {
      const removed = new Set<string>();
      const removeListed = async (type: string): Promise<void> => {
        const filter = { user_id: subject, type };
        const found = await listAll(management, '/device-credentials', filter, credentials, mostListed);
        // Auth0 deletes with a delay: a token may be listed again.
        const ours = found.filter(({ id, client_id }) => applications.has(client_id) && !removed.has(id));
        for (const { id } of ours) {
          await management.remove(`/device-credentials/${encodeURIComponent(id)}`);
          removed.add(id);
        }
        // The list was full: what it had no room for may be there now.
        if (ours.length > 0 && found.length === mostListed) await removeListed(type);
      };
      for (const type of tokenTypes) await removeListed(type);
      end.refreshTokens = removed.size;
    },
  );
  await attempt('Grants at Auth0', ['read:grants', 'delete:grants'], async ({ management }) => {
    for (const { id, clientID } of await listAll(management, '/grants', { user_id: subject }, grants))
      if (applications.has(clientID)) {
        await management.remove(`/grants/${encodeURIComponent(id)}`);
        end.grants++;
      }
  });
  return end;
}

/** All pages of a list, or those with its first `most` entries, before anything on it is deleted. */
async function listAll<T>(
  management: Tenant['management'],
  path: string,
  filter: Record<string, string>,
  schema: z.ZodType<T[]>,
  most = Infinity,
): Promise<T[]> {
  const all: T[] = [];
  for (let page = 0; ; page++) {
    const query = { ...filter, page: String(page), per_page: String(pageSize) };
    const some = await management.call({ method: 'GET', path, query }, schema);
    all.push(...some);
    if (some.length < pageSize || all.length >= most) return all;
  }
}
