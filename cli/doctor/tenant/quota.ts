import { type Check, problem } from '../check.ts';
import { member } from '../member.ts';
import { askTenant } from './ask.ts';

/** Applications that Auth0's plans allow: free, self-service. Larger plans have no known limit. */
const plans = [10, 100];
/** Applications that are left when it is time to say so. */
const reserve = 2;

/** How much room for further clients the tenant has. Its plan is not visible: a full one of any plan is a warning. */
export const tenantQuota: Check = {
  id: 'tenant-quota',
  phase: 'Tenant',
  title: 'There is room for further clients',
  async run(examination) {
    const found = await askTenant(examination, '/clients?per_page=1&include_totals=true&fields=client_id');
    if ('outcome' in found) return found.outcome;
    const total = 'document' in found ? member(found.document, 'total') : undefined;
    if (typeof total !== 'number') return { skipped: 'the tenant does not count its applications' };
    const limit = plans.find((each) => total <= each);
    const seen = `${total} applications; plans allow ${plans.join(' (free) or ')} (self-service).`;
    return limit !== undefined && total > limit - reserve ? problem('quota-near', seen) : { detail: seen };
  },
};
