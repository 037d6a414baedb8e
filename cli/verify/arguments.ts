import { parseArgs } from 'node:util';
import { storeVariablesIn } from '../../lib/environment.ts';
import { checkUrl, defaultSignInTimeoutMs, milliseconds, readVariables } from '../doctor/arguments.ts';
import { readBypassSecret, readTenant, readTestUser } from '../doctor/credentials.ts';
import type { Options } from '../doctor/examination.ts';
import { isLoopback } from '../doctor/loopback-host.ts';
import { UsageError } from '../usage-error.ts';

export const usage = `Goes through every promise of the README against a real deployment, and writes a report for an issue.

  npm run verify -- <url> [options]

  <url>                     the MCP server’s URL, such as https://your-project.vercel.app/mcp
  --preview <url>           a preview of the same project: signs in there as well
  --origin <url>            another URL of the deployment: checks discovery there. Repeat it for more
  --output <path>           where the report goes (default verification.md)
  --no-open                 print the sign-in URL, do not open the browser (or the command in BROWSER)
  --sign-in-timeout <seconds>   time for you to sign in (default 300)
  --timeout <seconds>       time for each answer (default: as long as Claude waits, 10 s and 30 s for a refresh)
  --bypass-protection       pass Vercel’s Deployment Protection with VERCEL_AUTOMATION_BYPASS_SECRET
  --file <path>             read variables from a file, such as .env.local
  --help

You sign in once, and once more with --preview. To sign in without a person, set DOCTOR_USER, DOCTOR_PASSWORD and
DOCTOR_LOGIN_HOST, as for npm run doctor.

Variables that let it check more, from the environment or the file. None of their values is in the report:
  AUTH0_DOMAIN, AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET   the tenant; also deletes what it registered
  CRON_SECRET               a dry run of the prune job, and the deployment’s versions
  UPSTASH_REDIS_REST_URL, UPSTASH_REDIS_REST_TOKEN     one PING to the store (KV_REST_API_… work too)

It changes nothing but its own registration and sign-in. It takes up to two minutes and your time to sign in.

Exit codes: 0 every promise that was tried is kept, 1 at least one is broken, 2 wrong usage.
`;

export type VerifyArguments = {
  doctor: Omit<Options, 'presentSignIn'>;
  open: boolean;
  preview: string | undefined;
  origins: string[];
  output: string;
  cronSecret: string | undefined;
  store: { url: string; token: string } | undefined;
};

type Variables = Record<string, string | undefined>;

/**
 * Reads the command line and the environment. Returns undefined if the user asks for help.
 *
 * @throws UsageError
 */
export function readVerifyArguments(args: string[], env: Variables): VerifyArguments | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  const [url, ...others] = positionals;
  if (url === undefined || others.length) throw new UsageError('Give one URL.');
  const { preview, origin: origins } = values;
  for (const each of [url, preview, ...origins]) if (each !== undefined) checkUrl(each);
  const variables = { ...env, ...readVariables(values.file) };
  return {
    doctor: {
      url,
      signIn: true,
      directory: false,
      testUser: readTestUser(variables),
      timeoutMs: milliseconds('timeout', values.timeout),
      signInTimeoutMs: milliseconds('sign-in-timeout', values['sign-in-timeout']) ?? defaultSignInTimeoutMs,
      bypassSecret: values['bypass-protection'] ? readBypassSecret(variables) : undefined,
      tenant: readTenant(variables),
    },
    open: !values['no-open'],
    preview,
    origins,
    output: values.output,
    cronSecret: isPrivate(url) ? variables.CRON_SECRET || undefined : undefined,
    store: readStore(variables),
  };
}

/** Whether a secret can be sent to this URL: encrypted, or to this machine. */
function isPrivate(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || isLoopback(hostname);
}

/** The store's REST API, under either pair of names. Undefined if a variable is missing. */
function readStore(variables: Variables): VerifyArguments['store'] {
  const names = storeVariablesIn(variables);
  const [url, token] = [variables[names.url], variables[names.token]];
  if (!url || !token) return undefined;
  if (!URL.canParse(url)) throw new UsageError(`${names.url}: not a URL.`);
  return { url: url.replace(/\/+$/, ''), token };
}

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        preview: text,
        origin: { type: 'string', multiple: true, default: [] as string[] },
        output: { type: 'string', default: 'verification.md' },
        'no-open': flag,
        'sign-in-timeout': text,
        timeout: text,
        'bypass-protection': flag,
        file: text,
        help: flag,
      },
    });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? `${cause.message.split(/\.\s/)[0]}.` : 'Unknown option.', {
      cause,
    });
  }
}
