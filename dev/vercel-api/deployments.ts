/**
 * Deployments, `/v13/deployments` and `/v7/deployments`, from git only. Refuses, as Vercel does:
 * - a body without a name, with unknown properties, or without a source: 400
 * - a repository that is not the project's: 400
 * - a list with an unknown filter, or a limit that is no whole number from 1 to 100: 400
 */
import { z } from 'zod';
import type { ApiReply } from '../platform-api/server.ts';
import { parseBody, refusal } from './reply.ts';
import { type Account, type Deployment, findProject, newId } from './state.ts';

const creation = z.strictObject({
  name: z.string().min(1),
  project: z.string().optional(),
  target: z.enum(['production', 'staging']).optional(),
  gitSource: z
    .strictObject({ type: z.literal('github'), repoId: z.union([z.string(), z.number()]), ref: z.string() })
    .optional(),
});

/** The filters of Vercel's reference. Those that setup does not use have no effect here. */
const listQuery = z.strictObject({
  projectId: z.string().optional(),
  target: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  ...Object.fromEntries(
    ['app', 'from', 'to', 'users', 'since', 'until', 'state', 'branch', 'sha', 'teamId', 'slug'].map(
      (name) => [name, z.string().optional()],
    ),
  ),
});

/** `POST /v13/deployments` */
export async function createDeployment(
  account: Account,
  body: unknown,
  onDeploy: (deployment: Deployment) => Promise<void>,
): Promise<ApiReply> {
  const parsed = parseBody(creation, body);
  if ('reply' in parsed) return parsed.reply;
  const { name, project: wanted, target, gitSource } = parsed.value;
  const project = findProject(account, wanted ?? name);
  if (!project) return refusal(404, 'not_found', 'Project not found');
  if (!gitSource) return refusal(400, 'missing_files', 'Missing files');
  if (String(project.link?.repoId) !== String(gitSource.repoId))
    return refusal(400, 'incorrect_git_source_info', 'The provided GitHub repository is not the project’s.');
  const environment = target === 'production' ? 'production' : 'preview';
  const env = project.env.filter((each) => each.target.includes(environment));
  const uid = newId('dpl');
  const deployment: Deployment = {
    uid,
    projectId: project.id,
    url: `${project.name}-${uid.slice(-9)}.vercel.app`,
    target: target === 'production' ? 'production' : null,
    created: Date.now(),
    states: ['QUEUED', 'BUILDING', account.buildsFail ? 'ERROR' : 'READY'],
    env: Object.fromEntries(env.map(({ key, value }) => [key, value])),
  };
  account.deployments.unshift(deployment);
  if (!account.buildsFail) await onDeploy(deployment);
  return { status: 200, body: shown(deployment) };
}

/** `GET /v13/deployments/:id` */
export function readDeployment({ deployments }: Account, id: string): ApiReply {
  const found = deployments.find(({ uid, url }) => uid === id || url === id);
  if (!found) return refusal(404, 'not_found', `The deployment "${id}" was not found.`);
  if (found.states.length > 1) found.states.shift();
  return { status: 200, body: shown(found) };
}

/** `GET /v7/deployments` */
export function listDeployments({ deployments }: Account, query: URLSearchParams): ApiReply {
  const filter = parseBody(listQuery, Object.fromEntries(query));
  if ('reply' in filter) return filter.reply;
  const { projectId, target, limit } = filter.value;
  const found = deployments
    .filter((each) => (!projectId || each.projectId === projectId) && (!target || each.target === target))
    .slice(0, limit);
  const list = found.map((each) => ({ ...shown(each), uid: each.uid, state: each.states[0] }));
  return {
    status: 200,
    body: { deployments: list, pagination: { count: list.length, next: null, prev: null } },
  };
}

function shown({ uid, projectId, url, target, created, states }: Deployment) {
  const inspectorUrl = `https://vercel.com/acme/mcp/${uid.slice(4)}`;
  return {
    id: uid,
    projectId,
    url,
    target,
    created,
    createdAt: created,
    readyState: states[0],
    inspectorUrl,
  };
}
