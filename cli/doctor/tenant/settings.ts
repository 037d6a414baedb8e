import { type Check, outcome, type Problem } from '../check.ts';
import { member, textMember } from '../member.ts';
import { askTenant } from './ask.ts';

/** Tenant-wide settings that work against the server. */
export const tenantSettings: Check = {
  id: 'tenant-settings',
  phase: 'Tenant',
  title: 'The tenant’s settings suit the server',
  async run(examination) {
    const found = await askTenant(examination, '/tenants/settings');
    if ('outcome' in found) return found.outcome;
    if ('missing' in found) return { skipped: 'the tenant has no settings' };
    const { document } = found;
    const problems: Problem[] = [];
    if (member(document, 'authorization_response_iss_parameter_supported') === true)
      problems.push({ id: 'tenant-iss-on', detail: 'authorization_response_iss_parameter_supported is on.' });
    if (member(member(document, 'flags'), 'enable_dynamic_client_registration') === true)
      problems.push({ id: 'tenant-open-registration', detail: 'enable_dynamic_client_registration is on.' });
    return outcome(`Default audience: ${textMember(document, 'default_audience') || 'none'}.`, problems);
  },
};
