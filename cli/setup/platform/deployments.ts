import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { CommandFailure } from '../../failure.ts';
import { printable } from '../../printable.ts';
import type { Project } from './project.ts';
import type { Vercel } from './vercel.ts';

const deploymentSchema = z.looseObject({
  id: z.string(),
  readyState: z.string(),
  inspectorUrl: z.string().nullish(),
});
const listed = z.object({
  deployments: z.array(
    z.looseObject({ uid: z.string(), created: z.number(), readyState: z.string().optional() }),
  ),
});

/** Longest wait for a build. */
const buildTimeoutMs = 10 * 60_000;
/** Between two looks at a build. */
const pollMs = 2000;
const running = ['QUEUED', 'INITIALIZING', 'BUILDING'];

/** The newest production deployment: its id, when it was created (ms since 1970) and its state. */
export async function newestProduction(
  vercel: Vercel,
  { id }: Project,
): Promise<{ id: string; createdAtMs: number; state: string } | undefined> {
  const query = { projectId: id, target: 'production', limit: '1' };
  const { deployments } = await vercel.call({ method: 'GET', path: '/v7/deployments', query }, listed);
  const [newest] = deployments;
  return newest && { id: newest.uid, createdAtMs: newest.created, state: newest.readyState ?? '' };
}

/** Whether a deployment in this state serves requests or will soon. */
export function isUsable(state: string): boolean {
  return state === 'READY' || running.includes(state);
}

/** Deploys the production branch to production. Returns the deployment's id. */
export async function deployFromGit(vercel: Vercel, { id, name, link }: Project): Promise<string> {
  const gitSource = { type: 'github', repoId: link?.repoId, ref: link?.productionBranch ?? 'main' };
  const json = { name, project: id, target: 'production', gitSource };
  return (await vercel.call({ method: 'POST', path: '/v13/deployments', json }, deploymentSchema)).id;
}

/** Waits until a deployment is ready. Throws `CommandFailure` if its build fails or takes too long. */
export async function waitUntilReady(vercel: Vercel, id: string): Promise<void> {
  const path = `/v13/deployments/${encodeURIComponent(id)}`;
  for (const end = Date.now() + buildTimeoutMs; Date.now() < end; await sleep(pollMs)) {
    const { readyState, inspectorUrl } = await vercel.call({ method: 'GET', path }, deploymentSchema);
    if (readyState === 'READY') return;
    if (running.includes(readyState)) continue;
    throw new CommandFailure(
      `The deployment failed: its state is ${printable(readyState)}.`,
      `Read its build log${inspectorUrl ? ` at ${printable(inspectorUrl)}` : ''}, then run setup again.`,
    );
  }
  throw new CommandFailure(
    'The deployment is still building after ten minutes.',
    'Run setup again later: it waits for this deployment instead of starting another.',
  );
}
