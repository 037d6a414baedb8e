import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { z } from 'zod';

/** Environment variables by name; undefined takes one away. */
export type Variables = Record<string, string | undefined>;

/** Everything the server itself reads: none of it may come along from a developer's shell by accident. */
const serverVariables =
  /^(AUTH0_|OAUTH_|UPSTASH_|KV_|VERCEL|SERVER_URL$|CRON_SECRET$|LOG_LEVEL$|ALLOWED_|MCP_|SEALING_|MAX_CLIENTS$|PRUNE_|NODE_ENV$|VITEST)/;

/** What `npm start` does take from the shell, because a person sets it to try something out. */
const trialVariables =
  /^(OAUTH_ENABLED|LOG_LEVEL|ALLOWED_\w+|MCP_\w+|SEALING_\w+|MAX_CLIENTS|PRUNE_IDLE_DAYS)$/;

const localEnv = z.object({
  SERVER_URL: z.url(),
  AUTH0_DOMAIN: z.url(),
  AUTH0_CLIENT_ID: z.string(),
  AUTH0_CLIENT_SECRET: z.string(),
  UPSTASH_REDIS_REST_URL: z.url(),
  UPSTASH_REDIS_REST_TOKEN: z.string(),
  CRON_SECRET: z.string(),
});

export type LocalEnvironment = z.infer<typeof localEnv>;

/** The fixed credentials of the local stack, with the URLs it has on its default ports. */
export function readLocalEnvironment(): LocalEnvironment {
  return localEnv.parse(parseEnv(readFileSync(new URL('./local.env', import.meta.url), 'utf8')));
}

/** The shell's variables that are none of the server's: PATH, proxies, the keys a tool of one's own needs. */
export function shellVariables(shell: Variables): Variables {
  return pick(shell, (name) => !serverVariables.test(name));
}

/** The server's variables that a person set in the shell to try something out. */
export function trialsIn(shell: Variables): Variables {
  return pick(shell, (name) => trialVariables.test(name));
}

function pick(variables: Variables, wanted: (name: string) => boolean): Variables {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => wanted(name)));
}
