import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { z } from 'zod';

/** Environment variables by name. Undefined removes one. */
export type Variables = Record<string, string | undefined>;

/** The variables that the server reads. None may reach it from your shell by accident. */
const serverVariables =
  /^(AUTH0_|OAUTH_|UPSTASH_|KV_|VERCEL|SERVER_URL$|CRON_SECRET$|LOG_LEVEL$|ALLOWED_|MCP_|SEALING_|ENTERPRISE_|ORGANIZATION|MAX_CLIENTS$|PRUNE_|NODE_ENV$|VITEST)/;

/** The server's variables that `npm start` does take from your shell, so that you can try out a setting. */
const overrides = /^(OAUTH_ENABLED|LOG_LEVEL|ALLOWED_\w+|MCP_\w+|SEALING_\w+|MAX_CLIENTS|PRUNE_IDLE_DAYS)$/;

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

/** The fixed credentials of the local stack, and its URLs on the default ports. */
export function readLocalEnvironment(): LocalEnvironment {
  return localEnv.parse(parseEnv(readFileSync(new URL('./local.env', import.meta.url), 'utf8')));
}

/** The shell's variables that the server itself does not read: PATH, proxies, keys for your own tools. */
export function shellVariables(shell: Variables): Variables {
  return pick(shell, (name) => !serverVariables.test(name));
}

/** The server's variables that you set in your shell to try out a setting. */
export function overridesIn(shell: Variables): Variables {
  return pick(shell, (name) => overrides.test(name));
}

function pick(variables: Variables, wanted: (name: string) => boolean): Variables {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => wanted(name)));
}
