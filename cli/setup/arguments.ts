import { parseArgs } from 'node:util';
import { CommandFailure } from '../failure.ts';

/** The flags as given. Values for the tenant and the server can also come from the environment. */
export type Arguments = ReturnType<typeof readArguments>;

export const usage = `Prepares an Auth0 tenant for this server: the API, the application that the server uses, and .env.local.
Shows the changes and asks before it makes them. Never deletes anything. You can run it again at any time.

  npm run setup -- [options]

What to set up: flags, or the variables in brackets, also in .env.local (setup asks for what is missing)
  --tenant <domain>         the Auth0 tenant, such as acme.eu.auth0.com     [AUTH0_DOMAIN]
  --url <url>               the server’s public URL                         [SERVER_URL]
  --audience <identifier>   the API’s identifier (default: the URL)         [OAUTH_AUDIENCE]
  --connections <a,b>       connections that users sign in with             [AUTH0_CONNECTIONS]
  --rbac                    users only get the scopes assigned to them by role
  --application <id>        an existing application for the server, instead of a new one

In addition
  --machine-client <name>   an application that uses the server without a user; its credentials
                            go to a file of its own
    --scopes <a,b>          what it may do
    --public-key <file>     it signs with this key (P-256 or Ed25519) instead of using a secret
  --downstream <api>        another API of the tenant, which tools may call as the user
    --downstream-scopes <a,b>  what they may do there

Credentials for the tenant: one of
  --token <token>           a Management API token                          [AUTH0_MANAGEMENT_TOKEN]
  --client-id <id> --client-secret <secret>
                            an application that can use the Management API
  neither                   the configured application                      [AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET]
  --management-audience <a> if the tenant has a custom domain               [AUTH0_MANAGEMENT_AUDIENCE]

Options
  --dry-run                 show the plan without changing anything
  --yes                     make the changes without asking
  --json                    print one JSON document and ask nothing (with --yes or --dry-run)
  --show-secrets            print the secrets in the lines for Vercel
  --file <path>             write to this file instead of .env.local
  --help

Other users of this machine can see flags. Use the variables or the questions for secrets.
`;

/** Reads the command line. Throws `CommandFailure` if a flag is unknown. */
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
        'machine-client': text,
        scopes: text,
        'public-key': text,
        downstream: text,
        'downstream-scopes': text,
        token: text,
        'client-id': text,
        'client-secret': text,
        'management-audience': text,
        application: text,
        'dry-run': flag,
        yes: flag,
        json: flag,
        'show-secrets': flag,
        // Not --env-file: Node reads that flag itself, wherever it appears on the command line.
        file: { type: 'string', default: '.env.local' },
        help: flag,
      },
    });
    return values;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split(/\.\s/)[0] : 'unknown flag';
    throw new CommandFailure(`${reason}.`, 'npm run setup -- --help lists the flags.', { cause });
  }
}
