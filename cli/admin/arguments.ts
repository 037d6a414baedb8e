import { parseArgs } from 'node:util';
import { UsageError } from '../usage-error.ts';

export const usage = `What operators need when something goes wrong. Works on the store and the Auth0 tenant of a deployment.

  npm run admin -- <command> [options]

Commands
  clients                   list the clients: name, host, kind, users, last use
  block <client>            refuse a client’s tokens and sign-ins, everywhere within a minute
  unblock <client>          lift the block: tokens that have not ended work again
  connections <user>        list what a user has let in
      --end <id>            end one of them
  sign-out <user>           end all of a user’s connections, here and at Auth0
  forget <user>             sign a user out, then delete everything stored about them
  rotate-secrets            make new secrets and write them to the file
      --without-previous    do not accept what the old secrets sealed: everybody signs in again
      --finish              stop accepting what the old secrets sealed
      --print               also print the new secrets
  audit                     show who did what, newest first
      --count <number>      how many entries (default 50, at most 10000)

<client> is the id that “clients” lists. <user> is an Auth0 user id (auth0|…), an e-mail address, or the hash that
“audit” shows.

Options
  --file <path>             the deployment’s variables (default .env.local); the environment goes first
  --token <token>           a Management API token, for what the server’s own application may not do
                            [AUTH0_MANAGEMENT_TOKEN]
  --dry-run                 show what would be done without doing it
  --yes                     do it without asking
  --json                    print one JSON document and ask nothing
  --help

Exit codes: 0 done, 1 not or only partly done, 2 wrong usage.
Other users of this machine can see flags. Use the variable for the token.
docs/operating.md explains each command.
`;

const commonFlags = ['file', 'token', 'json', 'help'];
const changing = ['dry-run', 'yes'];

/** Each command: what it works on, and its flags beyond the common ones. */
const commands = {
  clients: { flags: [] },
  block: { operand: 'client', flags: changing },
  unblock: { operand: 'client', flags: changing },
  connections: { operand: 'user', flags: ['end', ...changing] },
  'sign-out': { operand: 'user', flags: changing },
  forget: { operand: 'user', flags: changing },
  'rotate-secrets': { flags: ['without-previous', 'finish', 'print', ...changing] },
  audit: { flags: ['count'] },
} satisfies Record<string, { operand?: 'client' | 'user'; flags: string[] }>;

export type CommandName = keyof typeof commands;

export type Arguments = Flags & { command: CommandName; operand: string };

type Flags = ReturnType<typeof parse>['values'];

/**
 * Reads the command line. Returns undefined if the user asks for help.
 *
 * @throws UsageError
 */
export function readArguments(args: string[]): Arguments | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  const [command = '', operand = '', ...more] = positionals;
  if (!isCommand(command))
    throw new UsageError(command ? `There is no command ${command}.` : 'Give a command.');
  const { flags, ...known } = commands[command];
  const wanted = 'operand' in known ? known.operand : undefined;
  if (wanted && !operand) throw new UsageError(`${command} needs a ${wanted}.`);
  if (more.length || (!wanted && operand)) throw new UsageError(`${command} takes no more arguments.`);
  const allowed: string[] = [...commonFlags, ...flags];
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== false);
  const foreign = given.find(([name]) => !allowed.includes(name));
  if (foreign) throw new UsageError(`${command} has no option --${foreign[0]}.`);
  if (values.finish && values['without-previous'])
    throw new UsageError('Give --finish or --without-previous, not both.');
  return { ...values, command, operand };
}

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(commands, name);
}

/** A user's hash that begins with a dash. No option is as long. */
const hashWithDash = /^-[\w-]{21}$/;

function parse(given: string[]) {
  const hashes = given.includes('--') ? [] : given.filter((each) => hashWithDash.test(each));
  const args = hashes.length ? [...given.filter((each) => !hashes.includes(each)), '--', ...hashes] : given;
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        // Not --env-file: Node reads that flag itself, wherever it appears on the command line.
        file: text,
        token: text,
        'dry-run': flag,
        yes: flag,
        json: flag,
        end: text,
        finish: flag,
        'without-previous': flag,
        print: flag,
        count: text,
        help: flag,
      },
    });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? `${cause.message.split(/\.\s/)[0]}.` : 'Unknown option.', {
      cause,
    });
  }
}
