import type { SignInConfig } from '../config.ts';
import { log } from '../log.ts';
import { perConfig } from '../per-config.ts';
import { z } from '../schema.ts';
import { TenantError } from './errors.ts';
import { manage } from './management.ts';
import type { Deadline } from './request.ts';

/** Milliseconds for which connection ids are kept; they change only when a connection is made anew. */
const idLifetimeMs = 10 * 60_000;

const pageSize = 100;

const connections = z.array(z.object({ id: z.string().min(1), name: z.string() }));

type Known = { ids: Map<string, string>; fetchedAtMs: number };

const memory = perConfig((): Known => ({ ids: new Map(), fetchedAtMs: 0 }));

/**
 * Lets an application sign users in through every configured connection. One that the tenant does not have is
 * skipped with a warning (the defaults name two, few tenants have both); any other failure fails the whole,
 * since a client that some users could not use would look broken to them alone.
 *
 * @throws TenantError also when none of the configured connections exists.
 */
export async function enableConnections(
  config: SignInConfig,
  applicationId: string,
  deadline: Deadline,
): Promise<void> {
  const names = config.oauth.connections;
  const ids = await connectionIds(config, names, deadline);
  let enabled = 0;
  // One after another: free tenants take two requests a second.
  for (const name of names) {
    const id = ids.get(name);
    if (id !== undefined && (await enable(config, id, applicationId, deadline))) enabled++;
    else log('warn', 'the tenant has no such connection: see AUTH0_CONNECTIONS', { connection: name });
  }
  if (enabled > 0) return;
  // Looked up anew next time, so that the fix takes effect at once.
  memory(config).fetchedAtMs = 0;
  throw new TenantError('invalid', 'none of the connections in AUTH0_CONNECTIONS exists in the tenant');
}

async function enable(config: SignInConfig, id: string, applicationId: string, deadline: Deadline) {
  try {
    const path = `/api/v2/connections/${encodeURIComponent(id)}/clients`;
    const json = [{ client_id: applicationId, status: true }];
    await manage(config, { method: 'PATCH', path, json, deadline }, z.unknown());
    return true;
  } catch (error) {
    if (!(error instanceof TenantError && error.kind === 'not-found')) throw error;
    // Deleted since we learned its id, maybe made anew under another.
    memory(config).fetchedAtMs = 0;
    return false;
  }
}

async function connectionIds(config: SignInConfig, names: string[], deadline: Deadline) {
  const known = memory(config);
  if (Date.now() - known.fetchedAtMs < idLifetimeMs) return known.ids;
  const ask = (query: Record<string, string>) =>
    manage(config, { method: 'GET', path: '/api/v2/connections', query, deadline }, connections);
  const fields = { fields: 'id,name', include_fields: 'true' };
  const found = await ask({ ...fields, per_page: String(pageSize) });
  // Only a tenant with more than a page of them is asked by name.
  if (found.length >= pageSize) for (const name of names) found.push(...(await ask({ ...fields, name })));
  known.ids = new Map(found.map(({ name, id }) => [name, id]));
  known.fetchedAtMs = Date.now();
  return known.ids;
}
