import { readFileSync } from 'node:fs';
import { parseArgs, parseEnv } from 'node:util';
import { UsageError } from '../usage-error.ts';
import { readBypassSecret, readTenant, readTestUser } from './credentials.ts';
import type { Options } from './examination.ts';

export const usage = `Replays Claude’s connection steps against an MCP server and reports what is wrong and how to fix it.

  npm run doctor -- <url> [options]

  <url>                     the MCP server’s URL, as you would paste it into a client
  --sign-in                 also sign in, call tools, refresh the token and revoke it
  --directory               also check what Claude’s connector directory requires; signs in, as with --sign-in
  --no-open                 with --sign-in or --directory: print the URL, do not open the browser (or the command in BROWSER)
  --sign-in-timeout <seconds>   time for you to sign in (default 300)
  --timeout <seconds>       time for each answer (default: as long as Claude waits, 10 s and 30 s for a refresh)
  --json                    print one JSON document instead of the table (npm run --silent doctor -- …)
  --markdown                print Markdown instead of the table, for a pull request comment
  --bypass-protection       pass Vercel’s Deployment Protection with VERCEL_AUTOMATION_BYPASS_SECRET
  --file <path>             read variables from a file, such as .env.local
  --help

Sign in without a person, such as in CI: --sign-in with these variables
  DOCTOR_USER, DOCTOR_PASSWORD   a test user with a database connection, without MFA
  DOCTOR_LOGIN_HOST         host of the login page (default AUTH0_DOMAIN); the password goes to no other host

Check the Auth0 tenant, and delete the doctor’s registrations there: flags or the variables in brackets
  --tenant <domain>         the tenant, such as acme.eu.auth0.com           [AUTH0_DOMAIN]
  --client-id <id>          the server’s application for the Management API [AUTH0_CLIENT_ID]
  --client-secret <secret>                                                  [AUTH0_CLIENT_SECRET]
  --connections <a,b>       connections that users sign in with             [AUTH0_CONNECTIONS]
  --audience <identifier>   the API’s identifier (default: the URL’s origin)   [OAUTH_AUDIENCE, SERVER_URL]
  --management-audience <a> if the tenant has a custom domain               [AUTH0_MANAGEMENT_AUDIENCE]

The doctor registers as “MCP doctor”. It deletes this registration if the server offers that (RFC 7592) or if you give
tenant credentials. Otherwise the registration stays.
Other users of this machine can see flags. Use the variables for secrets.

Exit codes: 0 no failures (warnings are possible), 1 at least one failure, 2 wrong usage.
docs/troubleshooting.md explains every finding.
`;

export type Format = 'table' | 'json' | 'markdown';

export type Arguments = Omit<Options, 'presentSignIn'> & { format: Format; open: boolean };

/** Time for a person to sign in. */
export const defaultSignInTimeoutMs = 300_000;

/**
 * Reads the command line and the environment. Returns undefined if the user asks for help.
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
  if (values.json && values.markdown) throw new UsageError('Give --json or --markdown, not both.');
  const signIn = values['sign-in'] || values.directory;
  const flags = {
    AUTH0_DOMAIN: values.tenant,
    AUTH0_CLIENT_ID: values['client-id'],
    AUTH0_CLIENT_SECRET: values['client-secret'],
    AUTH0_CONNECTIONS: values.connections,
    OAUTH_AUDIENCE: values.audience,
    AUTH0_MANAGEMENT_AUDIENCE: values['management-audience'],
  };
  const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
  const variables = { ...env, ...readVariables(values.file), ...given };
  return {
    url,
    signIn,
    directory: values.directory,
    testUser: signIn ? readTestUser(variables) : undefined,
    open: !values['no-open'],
    format: values.json ? 'json' : values.markdown ? 'markdown' : 'table',
    timeoutMs: milliseconds('timeout', values.timeout),
    signInTimeoutMs: milliseconds('sign-in-timeout', values['sign-in-timeout']) ?? defaultSignInTimeoutMs,
    bypassSecret: values['bypass-protection'] ? readBypassSecret(variables) : undefined,
    tenant: readTenant(variables),
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
        directory: flag,
        'no-open': flag,
        timeout: text,
        'sign-in-timeout': text,
        json: flag,
        markdown: flag,
        'bypass-protection': flag,
        help: flag,
        tenant: text,
        'client-id': text,
        'client-secret': text,
        connections: text,
        audience: text,
        'management-audience': text,
        // Not --env-file: Node reads that flag itself, wherever it appears on the command line.
        file: text,
      },
    });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? `${cause.message.split(/\.\s/)[0]}.` : 'Unknown option.', {
      cause,
    });
  }
}

/** Seconds on the command line as milliseconds. Throws `UsageError`. */
export function milliseconds(option: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const seconds = Number(value);
  if (!(seconds > 0 && seconds <= 600))
    throw new UsageError(`--${option} takes seconds, more than 0 and at most 600.`);
  return seconds * 1000;
}

/** Throws `UsageError` if a client could not connect to this URL. */
export function checkUrl(typed: string): void {
  const url = URL.parse(typed);
  if (!url || !/^https?:$/.test(url.protocol))
    throw new UsageError('This is not a URL. Write it in full, such as https://mcp.example.com/mcp.');
  if (url.username || url.password) throw new UsageError('The URL must not contain a user name or password.');
  if (url.hash) throw new UsageError('The URL must not contain a fragment (#…).');
}

/** The variables in a file. Throws `UsageError` if it cannot be read. */
export function readVariables(path: string | undefined): Record<string, string | undefined> {
  if (path === undefined) return {};
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new UsageError(`${path} cannot be read.`, { cause });
  }
}
