import { longestTokenLifetimeSeconds } from '../../management/token-lifetime.ts';
import { type Check, outcome, type Problem, problem } from '../check.ts';
import { listMember, member, textMember } from '../member.ts';
import { askTenant } from './ask.ts';

const standardDialects = ['rfc9068_profile', 'rfc9068_profile_authz'];

/** Whether the API that tokens are for exists, with settings that suit clients which register themselves. */
export const tenantApi: Check = {
  id: 'tenant-api',
  phase: 'Tenant',
  title: 'The API is set up',
  async run(examination) {
    const identifier = examination.options.tenant?.audience ?? examination.url.origin;
    const found = await askTenant(examination, `/resource-servers/${encodeURIComponent(identifier)}`);
    if ('outcome' in found) return found.outcome;
    if ('missing' in found) return problem('api-missing', `No API has the identifier ${identifier}.`);
    const requested = examination.challenge?.get('scope')?.split(' ') ?? [];
    // Without them the rest can still be checked: what is wrong with the tools is not the tenant's fault.
    const permissions = (await examination.options.tenant?.permissions().catch(() => [])) ?? [];
    return outcome(`${identifier}.`, judge(found.document, requested, permissions));
  },
};

function judge(api: unknown, requestedScopes: string[], permissions: string[]): Problem[] {
  const problems: Problem[] = [];
  const add = (id: Problem['id'], detail: string) => problems.push({ id, detail });
  if (member(api, 'allow_offline_access') !== true)
    add('api-offline-access-off', 'allow_offline_access is off.');
  const policy = textMember(member(member(api, 'subject_type_authorization'), 'user'), 'policy');
  if (policy !== 'allow_all') add('api-user-policy', `The user policy is ${policy ?? 'not set'}.`);
  if (member(api, 'skip_consent_for_verifiable_first_party_clients') !== true)
    add('api-consent-shown', 'skip_consent_for_verifiable_first_party_clients is off.');
  const algorithm = textMember(api, 'signing_alg');
  if (algorithm !== 'RS256') add('api-signing', `It signs with ${algorithm ?? 'an unknown algorithm'}.`);
  const dialect = textMember(api, 'token_dialect') ?? 'access_token';
  if (!standardDialects.includes(dialect)) add('api-dialect', `The dialect is ${dialect}.`);
  const lifetimes = ['token_lifetime', 'token_lifetime_for_web'].flatMap((name) => {
    const seconds = member(api, name);
    return typeof seconds === 'number' && seconds > longestTokenLifetimeSeconds
      ? [`${name} is ${seconds} s`]
      : [];
  });
  if (lifetimes.length)
    add('api-token-lifetime', `${lifetimes.join(', ')}. A day is ${longestTokenLifetimeSeconds} s.`);
  const scopes = member(api, 'scopes');
  const known = Array.isArray(scopes)
    ? scopes.flatMap((scope) => textMember(scope, 'value') ?? [])
    : listMember(api, 'scopes');
  const missing = requestedScopes.filter((scope) => !known.includes(scope));
  if (missing.length) add('api-scopes-missing', `Missing: ${missing.join(', ')}.`);
  const absent = permissions.filter((permission) => !known.includes(permission));
  if (absent.length)
    add('api-permissions-missing', `Tools need ${absent.join(', ')}, which the API does not define.`);
  if (permissions.length && member(api, 'enforce_policies') !== true)
    add('api-permissions-off', `Tools need ${permissions.join(', ')}, and RBAC is off.`);
  else if (permissions.length && !dialect.endsWith('_authz'))
    add('api-permissions-off', `Tools need ${permissions.join(', ')}, and tokens do not list permissions.`);
  return problems;
}
