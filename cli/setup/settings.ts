import { readEnvironment } from '../../lib/environment.ts';
import { CommandFailure } from '../failure.ts';
import type { Credentials } from '../management/management-token.ts';
import type { Prompt } from '../prompt.ts';
import { ownToolPermissions, toolPermissions } from '../tool-permissions.ts';
import { readAccounts } from './accounts/accounts.ts';
import type { Arguments } from './arguments.ts';
import { findCredentials } from './credentials.ts';
import { type DownstreamRequest, readDownstream } from './downstream.ts';
import { type KnownApplication, knownApplication } from './known-application.ts';
import { type MachineClientRequest, readMachineClient } from './machine-client.ts';
import { type OrganizationsRequest, readOrganizationsRequest } from './organizations.ts';
import { type RolesRequest, readRoles } from './roles.ts';

/** What to set up, complete and validated. */
export type Settings = {
  /** Origin of the tenant. */
  tenant: string;
  managementAudience: string;
  credentials: Credentials;
  serverUrl: string;
  /** The API's identifier. */
  identifier: string;
  /** Undefined: the server's default. */
  connections: string[] | undefined;
  /** The application that the server is configured with, if any. */
  known: KnownApplication | undefined;
  rbac: boolean;
  roles: RolesRequest | undefined;
  /** The permissions that tools name, with descriptions for the tenant. */
  permissions: Map<string, string>;
  organizations: OrganizationsRequest;
  machineClient: MachineClientRequest | undefined;
  downstream: DownstreamRequest | undefined;
  /** Connections whose accounts users may connect. */
  accounts: string[] | undefined;
  /** The configured secret of the custom API client. */
  knownApiClientSecret: string | undefined;
};

type Variables = Record<string, string | undefined>;

/**
 * Reads the settings from the flags, then the environment, then the file, then from questions if there is a prompt.
 * Throws `CommandFailure` with everything that is missing or wrong.
 */
export async function gatherSettings(
  flags: Arguments,
  env: Variables,
  file: Variables,
  prompt: Prompt | undefined,
  features?: readonly unknown[],
): Promise<Settings> {
  const merged = merge(flags, env, file);
  merged.AUTH0_DOMAIN ??= await prompt?.ask('Auth0 tenant domain (such as acme.eu.auth0.com)');
  merged.SERVER_URL ??= await prompt?.ask('Public URL of the server (such as https://mcp.example.com)');

  const { text, required, list, origin, problem, problems } = readEnvironment(merged);
  const domain = required('AUTH0_DOMAIN', 'Give --tenant, such as acme.eu.auth0.com.');
  const tenant = origin(
    'AUTH0_DOMAIN',
    domain && (/^[a-z]+:\/\//i.test(domain) ? domain : `https://${domain}`),
  );
  if (tenant && new URL(tenant).hostname === 'manage.auth0.com')
    problem('AUTH0_DOMAIN', 'That is the dashboard. Use the domain in an application’s settings.');
  const serverUrl = origin(
    'SERVER_URL',
    required('SERVER_URL', 'Give --url, such as https://mcp.example.com.'),
  );
  const known = knownApplication(flags, env, file);
  if (problems.length || !tenant || !serverUrl) throw incomplete(problems);

  const roles = readRoles(flags);
  const managementAudience = text('AUTH0_MANAGEMENT_AUDIENCE') ?? `${tenant}/api/v2/`;
  const connections = list('AUTH0_CONNECTIONS');
  return {
    tenant,
    managementAudience,
    credentials: await findCredentials(flags, text('AUTH0_MANAGEMENT_TOKEN'), known, prompt),
    serverUrl,
    identifier: list('OAUTH_AUDIENCE')[0] ?? serverUrl,
    connections: connections.length ? connections : undefined,
    known,
    rbac: flags.rbac || roles !== undefined,
    roles,
    permissions: features ? toolPermissions(features) : await ownToolPermissions(),
    organizations: readOrganizationsRequest(merged),
    machineClient: await readMachineClient(flags),
    downstream: readDownstream(flags),
    accounts: readAccounts(flags),
    knownApiClientSecret: env.AUTH0_API_CLIENT_SECRET || file.AUTH0_API_CLIENT_SECRET || undefined,
  };
}

function merge(flags: Arguments, env: Variables, file: Variables): Variables {
  const byVariable: Variables = {
    AUTH0_DOMAIN: flags.tenant,
    SERVER_URL: flags.url,
    OAUTH_AUDIENCE: flags.audience,
    AUTH0_CONNECTIONS: flags.connections,
    AUTH0_MANAGEMENT_AUDIENCE: flags['management-audience'],
    AUTH0_MANAGEMENT_TOKEN: flags.token,
    ORGANIZATIONS: flags.organizations,
    ORGANIZATION_DOMAIN: flags['organization-domain'],
  };
  return Object.fromEntries(
    Object.entries(byVariable).map(([name, flag]) => [name, flag || env[name] || file[name] || undefined]),
  );
}

function incomplete(problems: { variable: string; fix: string }[]): CommandFailure {
  return new CommandFailure(
    problems.map(({ variable, fix }) => `${variable}: ${fix}`).join('\n'),
    'npm run setup -- --help lists the flag for each.',
  );
}
