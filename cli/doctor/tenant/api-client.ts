import { type Check, outcome, type Problem, problem } from '../check.ts';
import { listMember, member, textMember } from '../member.ts';
import { askTenant } from './ask.ts';

const exchange = 'on_behalf_of_token_exchange';
const vaultGrant = 'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token';

/** Whether the custom API client, as which tools call other APIs for users, can exchange the API's tokens. */
export const tenantApiClient: Check = {
  id: 'tenant-api-client',
  phase: 'Tenant',
  title: 'Tools can call other APIs as the user',
  async run(examination) {
    const { tenant } = examination.options;
    const id = tenant?.apiClientId;
    if (tenant && !id) return { skipped: 'AUTH0_API_CLIENT_ID is not set: no tool calls another API' };
    const found = await askTenant(examination, `/clients/${encodeURIComponent(id ?? '')}`);
    if ('outcome' in found) return found.outcome;
    if ('missing' in found) return problem('api-client-missing', `The tenant has no application ${id}.`);
    const identifier = tenant?.audience ?? examination.url.origin;
    const usesAccounts = (tenant?.connectedAccounts ?? []).length > 0;
    return outcome(`${textMember(found.document, 'name')}.`, judge(found.document, identifier, usesAccounts));
  },
};

function judge(application: unknown, identifier: string, usesAccounts: boolean): Problem[] {
  const wrong: string[] = [];
  const type = textMember(application, 'app_type');
  const api = textMember(application, 'resource_server_identifier');
  if (type !== 'resource_server') wrong.push(`Its type is ${type ?? 'not set'}.`);
  else if (api !== identifier) wrong.push(`It stands for ${api ?? 'no API'}.`);
  const allowed = listMember(member(application, 'token_exchange'), 'allow_any_profile_of_type');
  // A server that uses accounts of other companies may call no API of the tenant.
  if (!usesAccounts && !allowed.includes(exchange))
    wrong.push('It may not exchange tokens on behalf of users.');
  if (usesAccounts && !listMember(application, 'grant_types').includes(vaultGrant))
    wrong.push('It may not use Token Vault.');
  return wrong.length ? [{ id: 'api-client-settings', detail: wrong.join(' ') }] : [];
}
