import { parseArgs } from 'node:util';
import { SetupFailure } from './failure.ts';

/** Flags as given; every value of the tenant and the server may also come from the environment. */
export type Arguments = ReturnType<typeof readArguments>;

export const usage = `Makes an Auth0 tenant ready for this server: its API, the application that the server uses,
and .env.local. Shows what it would do and asks first; never deletes; may be run again at any time.

  npm run setup -- [options]

What is to be set up (asked for when missing; the variable in brackets serves as well, also in .env.local)
  --tenant <domain>         the Auth0 tenant, such as acme.eu.auth0.com     [AUTH0_DOMAIN]
  --url <url>               the server's public URL                         [SERVER_URL]
  --audience <identifier>   the API's identifier; the URL unless given      [OAUTH_AUDIENCE]
  --connections <a,b>       connections that users sign in with             [AUTH0_CONNECTIONS]
  --rbac                    users only get the scopes assigned to them by role

How to reach the tenant: one of
  --token <token>           a Management API token                          [AUTH0_MANAGEMENT_TOKEN]
  --client-id <id> --client-secret <secret>
                            an application that may use the Management API
  Without either, the configured application itself is used                 [AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET]
  --management-audience <a> where the tenant has a custom domain            [AUTH0_MANAGEMENT_AUDIENCE]
  --application <id>        an existing application for the server to use, instead of one of its own

How to run
  --dry-run                 show the plan, change nothing
  --yes                     do not ask before changing
  --json                    one JSON document, no questions (with --yes or --dry-run)
  --show-secrets            print secrets with the lines for Vercel, not just where they are
  --file <path>             instead of .env.local
  --help

A flag is visible to other users of this machine: prefer the variables or the questions for secrets.
`;

/** Reads the command line. Throws `SetupFailure` on an unknown flag. */
export function readArguments(args: string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  try {
    const { values } = parseArgs({
      args,
      options: {
        tenant: text,
        url: text,
        audience: text,
        connections: text,
        rbac: flag,
        token: text,
        'client-id': text,
        'client-secret': text,
        'management-audience': text,
        application: text,
        'dry-run': flag,
        yes: flag,
        json: flag,
        'show-secrets': flag,
        // Not --env-file: Node takes that for itself, wherever on the command line it stands.
        file: { type: 'string', default: '.env.local' },
        help: flag,
      },
    });
    return values;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split(/\.\s/)[0] : 'unknown flag';
    throw new SetupFailure(`${reason}.`, 'npm run setup -- --help lists what there is.', { cause });
  }
}
