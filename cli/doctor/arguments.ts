import { readFileSync } from 'node:fs';
import { parseArgs, parseEnv } from 'node:util';
import { readEnvironment } from '../../lib/environment.ts';
import type { Options } from './examination.ts';
import type { TenantCredentials } from './tenant/credentials.ts';

export const usage = `Replays what Claude does against an MCP server, step by step, and says what is wrong and how to fix it.

  npm run doctor -- <url> [options]

  <url>                     the MCP server's URL, as it is pasted into a client
  --sign-in                 go on through the sign-in in your browser to tool calls, refresh and revocation
  --no-open                 with --sign-in: print the URL instead of opening the browser (or the command in BROWSER)
  --sign-in-timeout <seconds>   for you to sign in; 300 unless given
  --timeout <seconds>       for any one answer; as long as Claude waits unless given (10, refresh 30)
  --json                    one JSON document instead of the table (npm run --silent doctor -- …)
  --help

To look into the Auth0 tenant too, and to remove what the doctor registers (the variable in brackets serves as well)
  --tenant <domain>         the tenant, such as acme.eu.auth0.com           [AUTH0_DOMAIN]
  --client-id <id>          the server's Management application             [AUTH0_CLIENT_ID]
  --client-secret <secret>                                                  [AUTH0_CLIENT_SECRET]
  --connections <a,b>       connections that users sign in with             [AUTH0_CONNECTIONS]
  --audience <identifier>   the API's identifier; the URL's origin unless given   [OAUTH_AUDIENCE, SERVER_URL]
  --management-audience <a> where the tenant has a custom domain            [AUTH0_MANAGEMENT_AUDIENCE]
  --file <path>             read those variables from a file, such as .env.local

Without tenant credentials the doctor's registration, “MCP doctor”, stays behind where the server cannot remove it.
A flag is visible to other users of this machine: prefer the variables for secrets.
Exit code: 0 nothing failed, 1 something failed, 2 wrong usage. Findings are explained in docs/troubleshooting.md.
`;

/** Wrong usage, in a sentence for the person who typed it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export type Arguments = Omit<Options, 'presentSignIn'> & { json: boolean; open: boolean };

/** Seconds for a person to sign in. */
const signInTime = 300;

/**
 * Reads the command line and the environment; `undefined` when help is asked for.
 *
 * @throws UsageError
 */
export function readArguments(
  args: string[],
  env: Record<string, string | undefined>,
): Arguments | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  const [url, ...others] = positionals;
  if (url === undefined || others.length) throw new UsageError('Give one URL.');
  checkUrl(url);
  const { tenant, connections, audience } = values;
  const flags = {
    AUTH0_DOMAIN: tenant,
    AUTH0_CLIENT_ID: values['client-id'],
    AUTH0_CLIENT_SECRET: values['client-secret'],
    AUTH0_CONNECTIONS: connections,
    OAUTH_AUDIENCE: audience,
    AUTH0_MANAGEMENT_AUDIENCE: values['management-audience'],
  };
  const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
  return {
    url,
    signIn: values['sign-in'],
    open: !values['no-open'],
    json: values.json,
    timeout: milliseconds('timeout', values.timeout),
    signInTimeout: milliseconds('sign-in-timeout', values['sign-in-timeout']) ?? signInTime * 1000,
    tenant: readTenant({ ...env, ...readFile(values.file), ...given }),
  };
}

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        'sign-in': flag,
        'no-open': flag,
        timeout: text,
        'sign-in-timeout': text,
        json: flag,
        help: flag,
        tenant: text,
        'client-id': text,
        'client-secret': text,
        connections: text,
        audience: text,
        'management-audience': text,
        // Not --env-file: Node takes that for itself, wherever on the command line it stands.
        file: text,
      },
    });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? `${cause.message.split(/\.\s/)[0]}.` : 'Unknown option.', {
      cause,
    });
  }
}

function milliseconds(option: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const seconds = Number(value);
  if (!(seconds > 0 && seconds <= 600))
    throw new UsageError(`--${option} takes seconds, above 0 and up to 600.`);
  return seconds * 1000;
}

function checkUrl(typed: string): void {
  const url = URL.parse(typed);
  if (!url || !/^https?:$/.test(url.protocol))
    throw new UsageError('This is no URL. Write it out, such as https://mcp.example.com/mcp.');
  if (url.username || url.password) throw new UsageError('The URL must not hold a user name or password.');
  if (url.hash) throw new UsageError('The URL must not hold a fragment (#…).');
}

function readFile(path: string | undefined): Record<string, string | undefined> {
  if (path === undefined) return {};
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new UsageError(`${path} cannot be read.`, { cause });
  }
}

/** The tenant's credentials: all of them or none. */
function readTenant(env: Record<string, string | undefined>): TenantCredentials | undefined {
  const { text, list, origin, problems } = readEnvironment(env);
  const [domain, clientId, clientSecret] = ['AUTH0_DOMAIN', 'AUTH0_CLIENT_ID', 'AUTH0_CLIENT_SECRET'].map(
    text,
  );
  if (!domain && !clientId && !clientSecret) return undefined;
  if (!domain || !clientId || !clientSecret)
    throw new UsageError(
      'For the tenant give AUTH0_DOMAIN, AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET, or none of them.',
    );
  const tenant = origin('AUTH0_DOMAIN', /^[a-z]+:\/\//i.test(domain) ? domain : `https://${domain}`);
  const [wrong] = problems;
  if (wrong || !tenant)
    throw new UsageError(`${wrong?.variable ?? 'AUTH0_DOMAIN'}: ${wrong?.fix ?? 'not a domain.'}`);
  const connections = list('AUTH0_CONNECTIONS');
  return {
    domain: tenant,
    clientId,
    clientSecret,
    managementAudience: text('AUTH0_MANAGEMENT_AUDIENCE') ?? `${tenant}/api/v2/`,
    connections: connections.length ? connections : ['Username-Password-Authentication', 'google-oauth2'],
    audience: list('OAUTH_AUDIENCE')[0] ?? text('SERVER_URL'),
  };
}
