import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { readEnvironment } from '../lib/environment.ts';
import type { Variables } from './environment.ts';

/** How long to wait for the tunnel to lead back here. */
const checkTimeoutMs = 5_000;
/** Between two checks. A new tunnel takes some seconds until its name is known. */
const checkIntervalMs = 5_000;

/** A command that starts a tunnel to this machine, without an account. */
export function tunnelCommand(port: number): string {
  return `cloudflared tunnel --url http://localhost:${port}`;
}

/** The origin of a tunnel's URL as people paste it: https, and without a path except `/` or `/mcp`. */
export function readPublicUrl(text: string): string | undefined {
  const url = URL.parse(text);
  if (url?.protocol !== 'https:' || url.username || url.password || url.search || url.hash) return undefined;
  return /^\/(?:mcp\/?)?$/.test(url.pathname) ? url.origin : undefined;
}

/** Why a server with these settings must not be reachable from the Internet; undefined if it may be. */
export function exposureProblem(overrides: Variables): string | undefined {
  const { flag } = readEnvironment(overrides);
  if (!flag('OAUTH_ENABLED', true))
    return '--public-url needs sign-in, because everyone on the Internet can reach the server: unset OAUTH_ENABLED';
  if (flag('ALLOWED_LOCAL_DOCUMENTS', false))
    return '--public-url lets strangers make the server fetch documents from your network: unset ALLOWED_LOCAL_DOCUMENTS';
  return undefined;
}

/**
 * The variables of a server that a tunnel leads to. Its secrets are new at each start: those in `local.env` are published
 * with the template, and anyone could seal tokens with them.
 */
export function publicVariables(publicOrigin: string, localOrigins: string[]): Variables {
  return {
    SERVER_URL: publicOrigin,
    ALLOWED_ORIGINS: localOrigins.join(','),
    SEALING_SECRET: randomBytes(32).toString('base64url'),
    CRON_SECRET: randomBytes(32).toString('base64url'),
  };
}

const health = z.object({ origin: z.string() });

/**
 * Whether the tunnel leads to this server. Returns undefined if it does, or else what to do.
 *
 * @param port the server's port on this machine.
 * @param fetchPublic requests a public URL; a test leads it to a tunnel of its own.
 */
export async function tunnelProblem(
  publicOrigin: string,
  port: number,
  fetchPublic: typeof fetch = fetch,
): Promise<string | undefined> {
  let origin: string | undefined;
  try {
    const response = await fetchPublic(`${publicOrigin}/health`, {
      redirect: 'error',
      signal: AbortSignal.timeout(checkTimeoutMs),
    });
    origin = health.parse(await response.json()).origin;
  } catch {
    return `${publicOrigin} does not lead to this server yet. Keep this running in another terminal: ${tunnelCommand(port)}`;
  }
  if (origin === publicOrigin) return undefined;
  return `The tunnel replaces the Host header: requests arrive as ${origin}. Start it without that option`;
}

/** Checks the tunnel until it works, and says what to do whenever that changes. Keeps no process alive. */
export async function reportTunnel(
  publicOrigin: string,
  port: number,
  print: (text: string) => void,
): Promise<void> {
  let said: string | undefined;
  for (;;) {
    const problem = await tunnelProblem(publicOrigin, port);
    if (!problem) return print(`The tunnel works: ${publicOrigin}/mcp leads to this server.`);
    if (problem !== said) print(problem);
    said = problem;
    await delay(checkIntervalMs, undefined, { ref: false });
  }
}
