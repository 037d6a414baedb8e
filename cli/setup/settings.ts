import { readEnvironment } from '../../lib/environment.ts';
import type { KnownApplication } from './application.ts';
import type { Arguments } from './arguments.ts';
import { findCredentials } from './credentials.ts';
import { SetupFailure } from './failure.ts';
import type { Credentials } from './management-token.ts';
import type { Prompt } from './prompt.ts';

/** What is to be set up, complete and checked. */
export type Settings = {
  /** Origin of the tenant. */
  tenant: string;
  managementAudience: string;
  credentials: Credentials;
  serverUrl: string;
  /** The API's identifier. */
  identifier: string;
  /** Undefined leaves the server's default. */
  connections: string[] | undefined;
  /** The application that the server is configured with so far. */
  known: KnownApplication | undefined;
  rbac: boolean;
};

type Variables = Record<string, string | undefined>;

/**
 * Gathers the settings: flags, then the environment, then the file, then questions where there is somebody to
 * answer. Throws `SetupFailure` naming everything that is missing or wrong.
 */
export async function gatherSettings(
  flags: Arguments,
  env: Variables,
  file: Variables,
  prompt: Prompt | undefined,
): Promise<Settings> {
  const merged = merge(flags, env, file);
  merged.AUTH0_DOMAIN ??= await prompt?.ask('Auth0 tenant domain, such as acme.eu.auth0.com');
  merged.SERVER_URL ??= await prompt?.ask('Public URL of the server, such as https://mcp.example.com');

  const { text, required, list, origin, problem, problems } = readEnvironment(merged);
  const domain = required('AUTH0_DOMAIN', 'Give --tenant, such as acme.eu.auth0.com.');
  const tenant = origin(
    'AUTH0_DOMAIN',
    domain && (/^[a-z]+:\/\//i.test(domain) ? domain : `https://${domain}`),
  );
  if (tenant && new URL(tenant).hostname === 'manage.auth0.com')
    problem('AUTH0_DOMAIN', 'That is the dashboard. Give the domain that an application’s settings show.');
  const serverUrl = origin(
    'SERVER_URL',
    required('SERVER_URL', 'Give --url, such as https://mcp.example.com.'),
  );
  const known = knownApplication(flags, env, file);
  if (problems.length || !tenant || !serverUrl) throw incomplete(problems);

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
    rbac: flags.rbac,
  };
}

/** The host an identifier names, as part of a name in the dashboard; Auth0 allows no `<` or `>` there. */
export function hostOf(identifier: string): string {
  return (URL.parse(identifier)?.host ?? identifier).replace(/[<>]/g, '').slice(0, 100);
}

function merge(flags: Arguments, env: Variables, file: Variables): Variables {
  const byVariable: Variables = {
    AUTH0_DOMAIN: flags.tenant,
    SERVER_URL: flags.url,
    OAUTH_AUDIENCE: flags.audience,
    AUTH0_CONNECTIONS: flags.connections,
    AUTH0_MANAGEMENT_AUDIENCE: flags['management-audience'],
    AUTH0_MANAGEMENT_TOKEN: flags.token,
  };
  return Object.fromEntries(
    Object.entries(byVariable).map(([name, flag]) => [name, flag || env[name] || file[name] || undefined]),
  );
}

/** Id and secret always from one place: a secret never goes with another application's id. */
function knownApplication(flags: Arguments, env: Variables, file: Variables): KnownApplication | undefined {
  const sources = [env, file].flatMap(({ AUTH0_CLIENT_ID: clientId, AUTH0_CLIENT_SECRET: clientSecret }) =>
    clientId ? [{ clientId, clientSecret: clientSecret || undefined }] : [],
  );
  const wanted = flags.application;
  if (!wanted) return sources[0];
  return { clientId: wanted, ...sources.find(({ clientId }) => clientId === wanted), chosen: true };
}

function incomplete(problems: { variable: string; fix: string }[]): SetupFailure {
  return new SetupFailure(
    problems.map(({ variable, fix }) => `${variable}: ${fix}`).join('\n'),
    'npm run setup -- --help names the flag for each.',
  );
}
