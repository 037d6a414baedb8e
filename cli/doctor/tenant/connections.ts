import { type Check, outcome } from '../check.ts';
import { textMember } from '../member.ts';
import { askTenant } from './ask.ts';

/** Whether the connections that clients are to get exist, and the registered client has them. */
export const tenantConnections: Check = {
  id: 'tenant-connections',
  phase: 'Tenant',
  title: 'The connections exist',
  async run(examination) {
    const found = await askTenant(examination, '/connections?per_page=100');
    if ('outcome' in found) return found.outcome;
    const listed = 'document' in found && Array.isArray(found.document) ? found.document : [];
    const wanted = examination.options.tenant?.connections ?? [];
    const missing = wanted.filter((name) => !listed.some((each) => textMember(each, 'name') === name));
    return outcome(
      `${wanted.join(', ')}.`,
      missing.map((name) => ({
        id: 'connection-missing',
        detail: `${name} is not among the tenant’s connections.`,
      })),
    );
  },
};
