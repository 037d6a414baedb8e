import { managementScopes } from '../../../lib/auth0/management.ts';
import { type Check, outcome, problem } from '../check.ts';
import { describe } from '../describe.ts';
import { noCredentials } from './ask.ts';
import { openManagement } from './management.ts';

/** Whether the tenant lets the server's application in. */
export const tenantAccess: Check = {
  id: 'tenant',
  phase: 'Tenant',
  title: 'The tenant lets the server in',
  async run(examination) {
    const credentials = examination.options.tenant;
    if (!credentials) return { skipped: noCredentials };
    const opened = await openManagement(examination, credentials);
    if ('refused' in opened) {
      const { refused } = opened;
      const seen = describe(refused);
      if ('failed' in refused || refused.status === 404 || refused.status >= 500)
        return problem('tenant-unreachable', seen);
      return problem(refused.status === 403 ? 'management-not-granted' : 'tenant-credentials-refused', seen);
    }
    examination.management = opened;
    const missing = managementScopes.filter((scope) => !opened.scopes.includes(scope));
    return outcome(
      `${credentials.domain}.`,
      missing.length ? [{ id: 'management-scope-missing', detail: `Missing: ${missing.join(', ')}.` }] : [],
    );
  },
};
