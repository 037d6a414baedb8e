import { managementScopes, organizationScopes } from '../../../lib/auth0/management.ts';
import { type Check, outcome, problem } from '../check.ts';
import { describe } from '../describe.ts';
import { keepSecret } from '../examination.ts';
import { openManagement } from '../management.ts';
import { timeoutMsFor } from '../send.ts';
import { noCredentials } from './ask.ts';

/** Whether the server's application can use the tenant's Management API. */
export const tenantAccess: Check = {
  id: 'tenant',
  phase: 'Tenant',
  title: 'The server can use the tenant',
  async run(examination) {
    const credentials = examination.options.tenant;
    if (!credentials) return { skipped: noCredentials };
    const opened = await openManagement(credentials, timeoutMsFor(examination));
    if ('refused' in opened) {
      const { refused } = opened;
      const seen = describe(refused);
      if ('failed' in refused || refused.status === 404 || refused.status >= 500)
        return problem('tenant-unreachable', seen);
      return problem(refused.status === 403 ? 'management-not-granted' : 'tenant-credentials-refused', seen);
    }
    keepSecret(examination, opened.token);
    examination.management = opened;
    const needed = credentials.organizations
      ? [...managementScopes, ...organizationScopes]
      : managementScopes;
    const missing = needed.filter((scope) => !opened.scopes.includes(scope));
    return outcome(
      `${credentials.domain}.`,
      missing.length ? [{ id: 'management-scope-missing', detail: `Missing: ${missing.join(', ')}.` }] : [],
    );
  },
};
