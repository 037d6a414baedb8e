import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { shellVariables } from '../../../../dev/environment.ts';
import { memoryBackend } from '../../../../dev/upstash/memory/backend.ts';
import { startStore } from '../../../../dev/upstash/server.ts';
import { startUpstashApi } from '../../../../dev/upstash-api/server.ts';
import { type Functions, startFunctions } from '../../../../dev/vercel/functions.ts';
import { listenOnLoopback } from '../../../../dev/vercel/loopback.ts';
import { startVercelApi } from '../../../../dev/vercel-api/server.ts';
import type { OnEnd } from '../../../support/on-end.ts';
import type { Run } from '../../run-command.ts';
import { manage, managementToken, newAccount, runSetup, runSetupProcess } from '../fixture.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
export const repository = 'acme/mcp';

/**
 * New accounts at Auth0, Vercel and Upstash, and a clone of `acme/mcp` to run setup in. What setup deploys to
 * production is served on this machine, with the variables that the project has then.
 */
export async function newPlatforms(options: { teamId?: string } = {}, onEnd: OnEnd = onTestFinished) {
  const auth0 = await newAccount({}, onEnd);
  // Like tenants since 2025: an API without a user policy allows nobody.
  auth0.tenant.switches.strictUserPolicy = true;
  const flags = { enable_dynamic_client_registration: false };
  await manage(auth0.tenant, 'PATCH', '/tenants/settings', { flags });
  const token = 'store-token';
  const store = await startStore({ port: 0, token, backend: memoryBackend() });
  onEnd(store.close);
  const loopback = await listenOnLoopback(0);
  let functions: Functions | undefined;
  onEnd(() => functions?.close() ?? loopback.close());

  const upstash = await startUpstashApi({ endpoint: new URL(store.url).host, token });
  onEnd(upstash.close);
  const vercel = await startVercelApi({
    ...options,
    domainOf: () => `localhost:${loopback.port}`,
    onDeploy: async ({ env }) => {
      functions ??= await startFunctions({
        root,
        port: loopback,
        env: { ...shellVariables(process.env), ...env },
      });
    },
  });
  onEnd(vercel.close);
  vercel.account.repositories.set(repository, 4711);
  execFileSync('git', ['init', '--quiet'], { cwd: auth0.folder });
  execFileSync('git', ['remote', 'add', 'origin', `https://x:a-token@github.com/${repository}.git`], {
    cwd: auth0.folder,
  });
  execFileSync('sh', ['-c', 'printf ".env*\\n.vercel/\\n" > .gitignore'], { cwd: auth0.folder });

  const env: Record<string, string> = {
    AUTH0_DOMAIN: auth0.tenant.origin,
    AUTH0_MANAGEMENT_TOKEN: await managementToken(auth0.tenant),
    VERCEL_TOKEN: vercel.account.token,
    VERCEL_API_URL: vercel.url,
    UPSTASH_EMAIL: upstash.email,
    UPSTASH_API_KEY: upstash.apiKey,
    UPSTASH_API_URL: upstash.url,
  };
  const prepared = auth0.tenant.requests.length;
  return {
    ...auth0,
    /** The tenant's requests before setup ran. */
    prepared,
    vercel,
    upstash,
    env,
    serverUrl: `http://localhost:${loopback.port}`,
    /** Runs the command without a terminal, with everything in variables. */
    setup: (...flags: string[]): Promise<Run> =>
      runSetup(auth0.folder, ['--file', auth0.envFile, ...flags], env),
    /** Runs it in the folder as a process of its own, as CI does. */
    setupProcess: (...flags: string[]): Promise<Run> => runSetupProcess(auth0.folder, flags, env),
  };
}

export type Platforms = Awaited<ReturnType<typeof newPlatforms>>;

/** Every request so far that changes something, on any platform. */
export function changes({ tenant, prepared, vercel, upstash }: Platforms): string[] {
  const all = [
    ...tenant.requests
      .slice(prepared)
      .filter(({ path }) => path.startsWith('/api/v2/'))
      .map(({ method, path }) => `${method} ${path}`),
    ...vercel.requests,
    ...upstash.requests,
  ];
  return all.filter((request) => !request.startsWith('GET '));
}

/** The only project. */
export function projectOf({ vercel }: Platforms) {
  const [project] = vercel.account.projects;
  if (!project) throw new Error('no project');
  return project;
}
