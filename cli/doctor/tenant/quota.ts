import { type Check, problem } from '../check.ts';
import { member } from '../member.ts';
import { askTenant } from './ask.ts';

/** Applications that Auth0's free and self-service plans allow. Larger plans have no known limit. */
const plans = [10, 100];
/** Remaining applications at which the doctor starts to warn. */
const reserve = 2;

/** How many more clients the tenant can hold. Its plan is not visible, so the limit of either plan is a warning. */
export const tenantQuota: Check = {
  id: 'tenant-quota',
  phase: 'Tenant',
  title: 'The tenant has room for more clients',
  async run(examination) {
    const found = await askTenant(examination, '/clients?per_page=1&include_totals=true&fields=client_id');
    if ('outcome' in found) return found.outcome;
    const total = 'document' in found ? member(found.document, 'total') : undefined;
    if (typeof total !== 'number') return { skipped: 'the tenant does not count its applications' };
    const limit = plans.find((each) => total <= each);
    const seen = `${total} applications. Plans allow ${plans.join(' (free) or ')} (self-service).`;
    return limit !== undefined && total > limit - reserve ? problem('quota-near', seen) : { detail: seen };
  },
};
