import { parseArgs } from 'node:util';
import { overridesIn, type Variables } from './environment.ts';
import type { StackOptions } from './stack.ts';
import { exposureProblem, readPublicUrl, tunnelCommand } from './tunnel.ts';

export const usage = `Usage: npm start -- [options]

Runs the MCP server on this machine, with a local Auth0 tenant and a local store.

Options:
  --instances <n>             Run n separate instances and send requests to them in turn,
                              as a deployment does. 1 to 32, default 1.
  --built                     Serve the functions as Vercel's builder compiles them.
  --store <memory|redis>      Where to keep state, default memory. With redis, set REDIS_URL,
                              or redis-server is started for you.
  --token-lifetime <seconds>  How long the tenant's access tokens last, default 86400.
  --downstream "<api> <scopes>"  Another API that tools may call as the user, and its scopes.
  --enterprise                Start a company's identity provider too: see docs/enterprise.md.
  --organizations <optional|required>  Customers' organizations, two of them: see docs/organizations.md.
  --public-url <https-url>    Serve the URL of a tunnel to this machine too, so that you can connect
                              claude.ai or ChatGPT. Start the tunnel first, for example with:
                              cloudflared tunnel --url http://localhost:3000
  --help                      Show this help.

Environment:
  PORT       Port of the server, default 3000. The tenant uses PORT+1, the store PORT+2, an identity provider
             PORT+3, the page that shows views PORT+4, a stand-in for Google PORT+5.
  REDIS_URL  The Redis to use with --store redis, such as redis://localhost:6379.`;

/** What the command line asks for, or one line that says what is wrong with it. */
export type StartOptions = { help: true } | { stack: StackOptions & { port: number } } | { refusal: string };

/** Reads the arguments of `npm start`, and `PORT`, `REDIS_URL` and the overrides from the environment. */
export function readStartOptions(args: string[], env: Variables): StartOptions {
  const parsed = parse(args);
  if ('refusal' in parsed) return parsed;
  const { values } = parsed;
  if (values.help) return { help: true };
  const instances = wholeNumber(values.instances, 1, 32);
  if (instances === undefined) return { refusal: '--instances must be 1 to 32' };
  if (values.store !== 'memory' && values.store !== 'redis') {
    return { refusal: '--store must be memory or redis' };
  }
  const lifetime = values['token-lifetime'];
  const lifetimeSeconds = lifetime === undefined ? undefined : wholeNumber(lifetime, 1, 2_592_000);
  if (lifetime !== undefined && lifetimeSeconds === undefined) {
    return { refusal: '--token-lifetime must be 1 to 2592000 seconds' };
  }
  if (values.downstream !== undefined && !readDownstream(values.downstream).scopes.length)
    return { refusal: '--downstream must name an API and at least one scope, separated by spaces' };
  const { organizations } = values;
  if (organizations !== undefined && organizations !== 'optional' && organizations !== 'required')
    return { refusal: '--organizations must be optional or required' };
  const port = wholeNumber(env.PORT || '3000', 1, 65_530);
  if (port === undefined) return { refusal: 'PORT must be 1 to 65530' };
  const overrides = overridesIn(env);
  const publicUrl = values['public-url'];
  const publicOrigin = publicUrl === undefined ? undefined : readPublicUrl(publicUrl);
  if (publicUrl !== undefined) {
    if (publicOrigin === undefined)
      return {
        refusal: `--public-url must be the https URL of a tunnel, without a path. Run ${tunnelCommand(port)} and pass the URL it prints`,
      };
    const problem = exposureProblem(overrides);
    if (problem) return { refusal: problem };
  }
  return {
    stack: {
      port,
      instances,
      built: values.built,
      ...(values.downstream !== undefined && { downstream: readDownstream(values.downstream) }),
      ...(values.enterprise && { enterprise: true }),
      ...(organizations && { organizations }),
      store: values.store,
      redisUrl: env.REDIS_URL || undefined,
      env: overrides,
      ...(publicOrigin !== undefined && { publicOrigin }),
      ...(lifetimeSeconds !== undefined && {
        tenantOptions: { switches: { accessTokenLifetimeSeconds: lifetimeSeconds } },
      }),
    },
  };
}

/** An API's identifier, then its scopes. */
function readDownstream(text: string): { identifier: string; scopes: string[] } {
  const [identifier = '', ...scopes] = text.split(' ').filter(Boolean);
  return { identifier, scopes };
}

/** A whole number within the limits, or undefined. */
function wholeNumber(text: string, least: number, most: number): number | undefined {
  const value = Number(text);
  return /^[1-9]\d{0,6}$/.test(text) && value >= least && value <= most ? value : undefined;
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        instances: { type: 'string', default: '1' },
        built: { type: 'boolean', default: false },
        store: { type: 'string', default: 'memory' },
        'token-lifetime': { type: 'string' },
        downstream: { type: 'string' },
        enterprise: { type: 'boolean', default: false },
        organizations: { type: 'string' },
        'public-url': { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    // The first sentence names the option. The others explain how to escape a dash.
    const [reason] = (error as Error).message.split(/[.\n]/);
    return { refusal: `${reason}. See npm start -- --help` };
  }
}
