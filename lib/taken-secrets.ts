import { storeVariables } from './environment.ts';

/** Variables that hold secrets, which nothing needs in the environment once they are read. */
const secretVariables = [
  'AUTH0_CLIENT_SECRET',
  'AUTH0_API_CLIENT_SECRET',
  'SEALING_SECRET',
  'SEALING_SECRET_PREVIOUS',
  'CRON_SECRET',
  ...storeVariables.map(({ token }) => token),
  'KV_REST_API_READ_ONLY_TOKEN',
  'KV_URL',
  'REDIS_URL',
];

/** Shared by all functions of a process: each is built with a copy of this module, and the first one takes the secrets. */
const registry = Symbol.for('mcp-auth0-vercel.secrets');

/**
 * The secrets in the environment, taken out of `process.env`, where they would reach error reports, child processes and
 * careless logging of a tool. That is no boundary: code in the same process can still find them.
 */
export function takenSecrets(): Record<string, string> {
  const holder = globalThis as { [registry]?: Record<string, string> };
  if (!holder[registry]) Object.defineProperty(holder, registry, { value: {} });
  const taken = holder[registry] ?? {};
  for (const variable of secretVariables) {
    const value = process.env[variable];
    if (value === undefined) continue;
    taken[variable] = value;
    delete process.env[variable];
  }
  return taken;
}
