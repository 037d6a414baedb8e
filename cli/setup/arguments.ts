import { parseArgs } from 'node:util';
import { CommandFailure } from '../failure.ts';
import { environments } from './platform/environment.ts';
import { stepNames } from './step-names.ts';

/** The flags as given. Values for the tenant and the server can also come from the environment. */
export type Arguments = ReturnType<typeof readArguments>;

export const usage = `Takes this repository from a clone to a server in production, step by step. Each step looks at what exists, shows its
changes and asks before it makes them. Setup never deletes anything. Run it again at any time: it continues where it
stopped.

  npm run setup -- [options]

Steps
  project     finds or creates the Vercel project, and links this folder to it
  auth0       prepares the tenant: the API, the server’s application, and the file .env.local with new secrets
  store       finds the Redis store, or creates one at Upstash
  variables   sets the server’s variables at Vercel
  previews    lets clients reach previews, if you want that
  deploy      deploys to production
  check       runs the doctor against it
Without a Vercel token, setup prepares the tenant and prints what to paste.

What to set up: flags, or the variables in brackets, also in .env.local (setup asks for what is missing)
  --only <step,step>        only these steps
  --tenant <domain>         the Auth0 tenant, such as acme.eu.auth0.com     [AUTH0_DOMAIN]
  --url <url>               the public URL (default: the project’s domain)  [SERVER_URL]
  --audience <identifier>   the API’s identifier (default: the URL)         [OAUTH_AUDIENCE]
  --connections <a,b>       connections that users sign in with             [AUTH0_CONNECTIONS]
  --organizations <mode>    optional or required: users sign in to customers’ organizations;
                            off: they do not (default)              [ORGANIZATIONS]
  --organization-domain <domain>  each organization has an origin below it  [ORGANIZATION_DOMAIN]
  --rbac                    users only get the scopes assigned to them by role; needed for mcp:admin
  --application <id>        an existing application for the server, instead of a new one
  --project <name or id>    the Vercel project (default: the repository’s name) [VERCEL_PROJECT_ID]
  --team <id or slug>       the Vercel team that owns it                    [VERCEL_ORG_ID]
  --environments <a,b>      where to set variables (default production,preview,development)
  --replace-secrets         replace the project’s SEALING_SECRET, which signs everybody out
  --store <name>            the Upstash database (default: the project’s name)
  --region <region>         where to create it (default us-east-1)
  --previews <choice>       open: no login to Vercel; bypass: a secret for scripts; protected: as they are (default)

Credentials for the platforms: variables, or setup asks
  VERCEL_TOKEN              https://vercel.com/account/settings/tokens
  UPSTASH_EMAIL, UPSTASH_API_KEY   https://console.upstash.com/account/api; not needed if a store is connected

In addition
  --machine-client <name>   an application that uses the server without a user; its credentials
                            go to a file of its own
    --scopes <a,b>          what it may do
    --public-key <file>     it signs with this key (P-256 or Ed25519) instead of using a secret
  --downstream <api>        another API of the tenant, which tools may call as the user
    --downstream-scopes <a,b>  what they may do there
  --accounts <a,b>          connections, such as google-oauth2, whose accounts users may connect for tools
  --roles                   roles with the scopes and the permissions that tools name: one for users,
                            one for administrators; turns on --rbac
  --admin <user>            gives the administrators’ role to this email address or user ID; includes --roles

Credentials for the tenant: one of
  --token <token>           a Management API token                          [AUTH0_MANAGEMENT_TOKEN]
  --client-id <id> --client-secret <secret>
                            an application that can use the Management API
  neither                   the configured application                      [AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET]
  --management-audience <a> if the tenant has a custom domain               [AUTH0_MANAGEMENT_AUDIENCE]

Options
  --dry-run                 show the plan without changing anything
  --yes                     make the changes without asking, such as in CI
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
        organizations: text,
        'organization-domain': text,
        rbac: flag,
        roles: flag,
        admin: text,
        'machine-client': text,
        scopes: text,
        'public-key': text,
        downstream: text,
        'downstream-scopes': text,
        accounts: text,
        token: text,
        'client-id': text,
        'client-secret': text,
        'management-audience': text,
        application: text,
        only: { type: 'string', default: '' },
        project: text,
        team: text,
        environments: { type: 'string', default: environments.join(',') },
        'replace-secrets': flag,
        store: text,
        region: text,
        previews: text,
        'dry-run': flag,
        yes: flag,
        json: flag,
        'show-secrets': flag,
        // Not --env-file: Node reads that flag itself, wherever it appears on the command line.
        file: { type: 'string', default: '.env.local' },
        help: flag,
      },
    });
    return {
      ...values,
      only: choicesOf('only', values.only, stepNames),
      environments: choicesOf('environments', values.environments, environments),
    };
  } catch (cause) {
    if (cause instanceof CommandFailure) throw cause;
    const reason = cause instanceof Error ? cause.message.split(/\.\s/)[0] : 'unknown flag';
    throw new CommandFailure(`${reason}.`, 'npm run setup -- --help lists the flags.', { cause });
  }
}

function choicesOf<T extends string>(flag: string, typed: string, choices: readonly T[]): T[] {
  return typed
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean)
    .map((each) => {
      const choice = choices.find((name) => name === each);
      if (choice) return choice;
      throw new CommandFailure(`--${flag} takes ${choices.join(', ')}.`, `“${each}” is none of them.`);
    });
}
