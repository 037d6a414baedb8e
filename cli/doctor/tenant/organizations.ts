import { type Check, outcome, type Problem, problem } from '../check.ts';
import type { Examination } from '../examination.ts';
import { textMember } from '../member.ts';
import { send } from '../send.ts';
import { askTenant } from './ask.ts';

/** Organizations whose connections are looked at: each is a request. */
const mostExamined = 10;

/** Whether there are organizations that users can sign in to, and the server has an endpoint for them. */
export const tenantOrganizations: Check = {
  id: 'tenant-organizations',
  phase: 'Tenant',
  title: 'Users can sign in to organizations',
  async run(examination) {
    const { tenant } = examination.options;
    if (tenant && !tenant.organizations) return { skipped: 'ORGANIZATIONS is off' };
    const listed = await askTenant(examination, '/organizations?per_page=100');
    if ('outcome' in listed) return listed.outcome;
    const found = ('document' in listed && Array.isArray(listed.document) ? listed.document : []).flatMap(
      (each) => {
        const [id, name] = [textMember(each, 'id'), textMember(each, 'name')];
        return id && name ? [{ id, name }] : [];
      },
    );
    const [first] = found;
    if (!first) return problem('organizations-missing', 'The tenant has none.');
    const examined = found.slice(0, mostExamined);
    const [label] = examination.url.hostname.split('.');
    const isOrganization = found.some(({ name }) => name === label);
    return outcome(`${examined.map(({ name }) => name).join(', ')}.`, [
      ...(await withoutConnections(examination, examined)),
      ...(isOrganization ? [] : await withoutEndpoint(examination, first.name)),
    ]);
  },
};

async function withoutConnections(
  examination: Examination,
  organizations: { id: string; name: string }[],
): Promise<Problem[]> {
  const closed: string[] = [];
  for (const { id, name } of organizations) {
    const path = `/organizations/${encodeURIComponent(id)}/enabled_connections`;
    const enabled = await askTenant(examination, path);
    if ('document' in enabled && Array.isArray(enabled.document) && enabled.document.length === 0)
      closed.push(name);
  }
  return closed.length
    ? [{ id: 'organization-connection', detail: `None is enabled for ${closed.join(', ')}.` }]
    : [];
}

/** Asks the origin of the examined URL. At an organization's own origin there are no paths of organizations. */
async function withoutEndpoint(examination: Examination, name: string): Promise<Problem[]> {
  const { origin } = examination.url;
  const resource = `${origin}/o/${name}/mcp`;
  const url = `${origin}/.well-known/oauth-protected-resource/o/${name}/mcp`;
  const answer = await send(examination, url, { headers: { accept: 'application/json' } });
  const stated = 'failed' in answer ? undefined : textMember(answer.json, 'resource');
  if (stated === resource) return [];
  return [{ id: 'organization-metadata', detail: `${url} names ${stated ?? 'no resource'}.` }];
}
