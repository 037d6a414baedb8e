import { type Check, type Outcome, outcome } from '../check.ts';
import type { Examination } from '../examination.ts';
import { textMember } from '../member.ts';
import { askTenant } from './ask.ts';

/** Whether the tenant has the connections that clients are supposed to get. */
export const tenantConnections: Check = {
  id: 'tenant-connections',
  phase: 'Tenant',
  title: 'The connections exist',
  async run(examination) {
    const listed = await listConnections(examination);
    if ('outcome' in listed) return listed.outcome;
    const wanted = examination.options.tenant?.connections ?? [];
    const names = listed.connections.map((each) => textMember(each, 'name'));
    const missing = wanted.filter((name) => !names.includes(name));
    return outcome(
      `${wanted.join(', ')}.`,
      missing.map((name) => ({
        id: 'connection-missing',
        detail: `The tenant has no connection ${name}.`,
      })),
    );
  },
};

/** The tenant's connections, at most 100, or the outcome to report instead. */
export async function listConnections(
  examination: Examination,
): Promise<{ connections: unknown[] } | { outcome: Outcome }> {
  const found = await askTenant(examination, '/connections?per_page=100');
  if ('outcome' in found) return found;
  return { connections: 'document' in found && Array.isArray(found.document) ? found.document : [] };
}
