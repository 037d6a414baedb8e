import { z } from 'zod';
import { managementScopes, organizationScopes } from '../../lib/auth0/management.ts';
import { readEnvironment } from '../../lib/environment.ts';
import { type OrganizationSettings, readOrganizations } from '../../lib/organizations/settings.ts';
import { CommandFailure } from '../failure.ts';
import type { Management } from '../management/management.ts';
import type { Finding } from './plan.ts';
import type { Variable } from './variable.ts';

/** What `--organizations` and `--organization-domain`, or the variables, ask for. */
export type OrganizationsRequest = {
  /** `ORGANIZATIONS`; undefined if nobody has said anything. */
  mode: string | undefined;
  domain: string | undefined;
  settings: OrganizationSettings | undefined;
};

/** Reads the flags, already merged with the variables. Throws `CommandFailure` if they are wrong. */
export function readOrganizationsRequest(merged: Record<string, string | undefined>): OrganizationsRequest {
  const { ORGANIZATIONS: mode, ORGANIZATION_DOMAIN: domain } = merged;
  const environment = readEnvironment(merged);
  const settings = readOrganizations(environment);
  const [wrong] = environment.problems;
  if (wrong)
    throw new CommandFailure(
      `${wrong.variable}: ${wrong.fix}`,
      'The flags are --organizations and --organization-domain.',
    );
  return { mode, domain, settings };
}

/** The Management API scopes that the server needs. */
export function scopesFor({ settings }: OrganizationsRequest): string[] {
  return settings ? [...managementScopes, ...organizationScopes] : managementScopes;
}

/** The server's variables for organizations; none if nobody has said anything. */
export function organizationVariables({ mode, domain }: OrganizationsRequest): Variable[] {
  if (!mode) return [];
  return [
    { name: 'ORGANIZATIONS', value: mode, why: 'Customers’ organizations, as you chose.' },
    ...(domain
      ? [{ name: 'ORGANIZATION_DOMAIN', value: domain, why: 'Each organization has an origin below it.' }]
      : []),
  ];
}

const pageSize = 100;
const organizationsSchema = z.array(z.looseObject({ id: z.string(), name: z.string() }));
/** Organizations whose connections are looked at: each is a request. */
const mostExamined = 10;

/**
 * What you should know about the tenant's organizations. Setup makes none: they are your customers. Applications are
 * updated by the server, each at its next sign-in.
 */
export async function checkOrganizations(
  management: Management,
  scopes: Set<string>,
  { settings }: OrganizationsRequest,
): Promise<Finding[]> {
  if (!settings) return [];
  if (!scopes.has('read:organizations'))
    return [
      { level: 'note', message: 'The organizations were not checked: the token lacks read:organizations.' },
    ];
  const query = { per_page: String(pageSize) };
  const found = await management.call({ method: 'GET', path: '/organizations', query }, organizationsSchema);
  const count = found.length < pageSize ? String(found.length) : `${pageSize} or more`;
  const findings: Finding[] = [
    {
      level: 'note',
      message: `Organizations in the tenant: ${count}. The server sets organization_usage of each application at its next sign-in.`,
    },
  ];
  if (!found.length)
    findings.push({
      level: 'warning',
      message: 'The tenant has no organization.',
      fix: 'Create one for each customer in Auth0 > Organizations, enable a connection and add members.',
    });
  const unreachable = settings.domain
    ? found.filter(({ name }) => !/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(name))
    : [];
  if (unreachable.length)
    findings.push({
      level: 'note',
      message: `These organizations have no origin, because their names cannot be in a host name: ${unreachable.map(({ name }) => name).join(', ')}.`,
    });
  return [...findings, ...(await withoutConnections(management, scopes, found.slice(0, mostExamined)))];
}

async function withoutConnections(
  management: Management,
  scopes: Set<string>,
  organizations: z.infer<typeof organizationsSchema>,
): Promise<Finding[]> {
  if (!scopes.has('read:organization_connections')) return [];
  const closed: string[] = [];
  for (const { id, name } of organizations) {
    const path = `/organizations/${encodeURIComponent(id)}/enabled_connections`;
    const enabled = await management.call({ method: 'GET', path }, z.array(z.unknown()));
    if (!enabled.length) closed.push(name);
  }
  if (!closed.length) return [];
  return [
    {
      level: 'warning',
      message: `Nobody can sign in to ${closed.join(', ')}: no connection is enabled for it.`,
      fix: 'Enable one in Auth0 > Organizations > the organization > Connections.',
    },
  ];
}
