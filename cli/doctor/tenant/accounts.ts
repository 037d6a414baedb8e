import { myAccountAudience, myAccountScopes } from '../../../lib/auth0/my-account-access.ts';
import { type Check, outcome, type Problem } from '../check.ts';
import type { Examination } from '../examination.ts';
import { listMember, member, textMember } from '../member.ts';
import { askTenant } from './ask.ts';
import { listConnections } from './connections.ts';

/** Whether users can connect accounts of other companies, as far as the credentials can see. */
export const tenantAccounts: Check = {
  id: 'tenant-accounts',
  phase: 'Tenant',
  title: 'Users can connect accounts for tools',
  async run(examination) {
    const { tenant } = examination.options;
    const wanted = tenant?.connectedAccounts ?? [];
    if (tenant && wanted.length === 0)
      return { skipped: 'AUTH0_CONNECTED_ACCOUNTS is not set: no tool uses accounts of other companies' };
    const listed = await listConnections(examination);
    if ('outcome' in listed) return listed.outcome;
    const problems = wanted.flatMap((name) => judgeConnection(name, listed.connections));
    problems.push(...(await judgeApi(examination, tenant?.domain ?? '')));
    return outcome(`${wanted.join(', ')}.`, problems);
  },
};

function judgeConnection(name: string, connections: unknown[]): Problem[] {
  const found = connections.find((each) => textMember(each, 'name') === name);
  if (found === undefined)
    return [{ id: 'accounts-connection', detail: `The tenant has no connection ${name}.` }];
  if (member(member(found, 'connected_accounts'), 'active') === true) return [];
  return [{ id: 'accounts-connection', detail: `${name} is not active for connected accounts.` }];
}

/** Reading these needs more than the server's own application may. Without it, they are left out. */
async function judgeApi(examination: Examination, domain: string): Promise<Problem[]> {
  const audience = myAccountAudience({ tenant: domain });
  const api = await askTenant(examination, `/resource-servers/${encodeURIComponent(audience)}`);
  if ('outcome' in api) return [];
  if ('missing' in api)
    return [{ id: 'accounts-api-missing', detail: `No API has the identifier ${audience}.` }];
  if (
    textMember(member(member(api.document, 'subject_type_authorization'), 'user'), 'policy') === 'allow_all'
  )
    return [];
  const query = new URLSearchParams({ audience, subject_type: 'user' });
  const grants = await askTenant(examination, `/client-grants?${query}`);
  if (!('document' in grants) || !Array.isArray(grants.document)) return [];
  const isEnough = grants.document.some((grant) =>
    myAccountScopes.every((scope) => listMember(grant, 'scope').includes(scope)),
  );
  return isEnough
    ? []
    : [{ id: 'accounts-grant-missing', detail: `No client grant for ${audience} is enough.` }];
}
