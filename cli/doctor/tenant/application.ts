import { refreshTokenSettings } from '../../../lib/auth0/applications.ts';
import { type Check, outcome, type Problem } from '../check.ts';
import type { Examination } from '../examination.ts';
import { listMember, member, textMember } from '../member.ts';
import { askTenant } from './ask.ts';
import { listConnections } from './connections.ts';

/** What the registration became in the tenant: the kind of application and its connections. */
export const tenantApplication: Check = {
  id: 'tenant-application',
  phase: 'Tenant',
  title: 'Clients become the right kind of application',
  async run(examination) {
    const id = examination.publicClient?.id;
    if (!id) return { skipped: 'nothing was registered' };
    const found = await askTenant(examination, `/clients/${encodeURIComponent(id)}`);
    if ('outcome' in found) return found.outcome;
    if ('missing' in found) return { skipped: 'the tenant has no application with this client id' };
    const problems = [
      ...judge(found.document),
      ...judgeOrganizations(found.document, examination.options.tenant?.organizations),
      ...(await missingConnections(examination, id)),
    ];
    return outcome(
      `${textMember(found.document, 'name')}: ${textMember(found.document, 'app_type')}.`,
      problems,
    );
  },
};

function judge(application: unknown): Problem[] {
  if (member(application, 'is_first_party') === false)
    return [{ id: 'generic-client', detail: 'It is a third-party application.' }];
  const type = textMember(application, 'app_type') ?? 'unset';
  const grants = listMember(application, 'grant_types');
  const lacking = ['authorization_code', 'refresh_token'].filter((grant) => !grants.includes(grant));
  const detail = `Its type is ${type}${lacking.length ? `, and it lacks ${lacking.join(' and ')}` : ''}.`;
  const problems: Problem[] = type === 'spa' && !lacking.length ? [] : [{ id: 'application-type', detail }];
  const unbounded = longerThanOurs(member(application, 'refresh_token'));
  if (unbounded.length)
    problems.push({ id: 'application-refresh-lifetime', detail: `${unbounded.join(', ')}.` });
  return problems;
}

/** Whether users can sign in through it to organizations, as the server's configuration says. */
function judgeOrganizations(
  application: unknown,
  configured: 'optional' | 'required' | undefined,
): Problem[] {
  const expected = configured && { optional: 'allow', required: 'require' }[configured];
  const usage = textMember(application, 'organization_usage') ?? 'deny';
  const prompt = textMember(application, 'organization_require_behavior') ?? 'no_prompt';
  if (!expected || (usage === expected && prompt === 'post_login_prompt')) return [];
  const detail = `organization_usage is ${usage} with ${prompt}, ORGANIZATIONS is ${configured}.`;
  return [{ id: 'application-organizations', detail }];
}

/** What lets refresh tokens live longer than those of the applications that the server creates. */
function longerThanOurs(settings: unknown): string[] {
  // Auth0's default is refresh tokens that never end. An answer without settings proves nothing.
  if (settings === undefined || settings === null) return [];
  if (member(settings, 'expiration_type') !== 'expiring') return ['Refresh tokens never end'];
  const ends = (name: 'token_lifetime' | 'idle_token_lifetime') => {
    if (member(settings, `infinite_${name}`) === true) return [`infinite_${name} is on`];
    const seconds = member(settings, name);
    return typeof seconds === 'number' && seconds > refreshTokenSettings[name]
      ? [`${name} is ${seconds} s, the server’s is ${refreshTokenSettings[name]} s`]
      : [];
  };
  return [...ends('token_lifetime'), ...ends('idle_token_lifetime')];
}

async function missingConnections(examination: Examination, id: string): Promise<Problem[]> {
  const listed = await listConnections(examination);
  const wanted = examination.options.tenant?.connections ?? [];
  const connections = ('connections' in listed ? listed.connections : []).flatMap((each) => {
    const [name, connection] = [textMember(each, 'name'), textMember(each, 'id')];
    return name && connection && wanted.includes(name) ? [{ name, connection }] : [];
  });
  const problems: Problem[] = [];
  for (const { name, connection } of connections) {
    const enabled = await askTenant(
      examination,
      `/connections/${encodeURIComponent(connection)}/clients?take=100`,
    );
    const clients = 'document' in enabled ? member(enabled.document, 'clients') : undefined;
    // After a full page there may be more: only a short list proves that the client is missing.
    const proves = Array.isArray(clients) && clients.length < 100;
    if (proves && !clients.some((each) => textMember(each, 'client_id') === id))
      problems.push({ id: 'application-connection', detail: `${name} is not enabled for it.` });
  }
  return problems;
}
