/**
 * Vercel's REST API, `https://api.vercel.com`, as far as setup uses it, with the shapes of Vercel's published reference
 * and SDK. Refuses for every operation, as Vercel does:
 * - a missing or wrong token: 403 with `invalidToken`
 * - another team's projects, and a team's without `teamId`: 404
 * - too many requests: 429 with `x-ratelimit-reset`
 * Each file lists what else it refuses.
 */
import { randomBytes } from 'node:crypto';
import {
  type ApiReply,
  type ApiRequest,
  type PlatformApi,
  startPlatformApi,
} from '../platform-api/server.ts';
import { createDeployment, listDeployments, readDeployment } from './deployments.ts';
import { changeEnv, createEnv, listEnv } from './env.ts';
import { changeBypass, createProject, listDomains, readProject, updateProject } from './projects.ts';
import { refusal } from './reply.ts';
import { type Account, type Deployment, findProject, type Project } from './state.ts';

export type VercelApi = PlatformApi & { account: Account };

export type VercelApiOptions = {
  /** A team's id: requests then need it as `teamId`. Default: the user's own account. */
  teamId?: string;
  /** The host of a new project's production domain. */
  domainOf?: (name: string) => string;
  /** Called with each deployment before it is ready. */
  onDeploy?: (deployment: Deployment) => Promise<void>;
};

/** Starts the stand-in, with an account that has no projects. */
export async function startVercelApi(options: VercelApiOptions = {}): Promise<VercelApi> {
  const account: Account = {
    token: randomBytes(18).toString('base64url'),
    accountId: options.teamId ?? 'user000000000000000000000',
    projects: [],
    deployments: [],
    repositories: new Map(),
    domainOf: options.domainOf ?? ((name) => `${name}.vercel.app`),
    remainingRequests: undefined,
    buildsFail: false,
  };
  const answer = (request: ApiRequest) => {
    if (request.authorization !== `Bearer ${account.token}`)
      return refusal(403, 'forbidden', 'Not authorized', { invalidToken: true });
    if (account.remainingRequests !== undefined && account.remainingRequests-- <= 0) return tooMany(account);
    const team = request.query.get('teamId');
    if (team && team !== options.teamId) return refusal(403, 'forbidden', 'Not authorized');
    return answerFor(request, options.teamId && !team ? { ...account, projects: [] } : account, options);
  };
  const api = await startPlatformApi(answer, refusal(400, 'bad_request', 'Invalid JSON'));
  return Object.assign(api, { account });
}

function answerFor(
  request: ApiRequest,
  account: Account,
  options: VercelApiOptions,
): ApiReply | Promise<ApiReply> {
  const { method, path, query, body } = request;
  const operation = `${method} ${path}`;
  if (operation === 'POST /v11/projects') return createProject(account, body);
  if (operation === 'GET /v7/deployments') return listDeployments(account, query);
  if (operation === 'POST /v13/deployments')
    return createDeployment(account, body, options.onDeploy ?? (async () => {}));
  const deployment = /^GET \/v13\/deployments\/([^/]+)$/.exec(operation)?.[1];
  if (deployment) return readDeployment(account, deployment);
  const [, version, id = '', rest = ''] = /^\/(v\d+)\/projects\/([^/]+)(\/.*)?$/.exec(path) ?? [];
  const project = findProject(account, decodeURIComponent(id));
  if (!version || !project) return refusal(404, 'not_found', 'Project not found');
  return answerProject(`${method} /${version}${rest}`, project, body);
}

function answerProject(operation: string, project: Project, body: unknown): ApiReply {
  switch (operation) {
    case 'GET /v9':
      return readProject(project);
    case 'PATCH /v9':
      return updateProject(project, body);
    case 'GET /v9/domains':
      return listDomains(project);
    case 'PATCH /v1/protection-bypass':
      return changeBypass(project, body);
    case 'GET /v10/env':
      return listEnv(project);
    case 'POST /v10/env':
      return createEnv(project, body);
  }
  const variable = /^PATCH \/v9\/env\/([^/]+)$/.exec(operation)?.[1];
  return variable ? changeEnv(project, variable, body) : refusal(404, 'not_found', 'Not Found');
}

function tooMany(account: Account): ApiReply {
  account.remainingRequests = undefined;
  const reset = Math.ceil(Date.now() / 1000) + 1;
  const limit = { remaining: 0, reset, resetMs: reset * 1000, total: 100 };
  return {
    ...refusal(429, 'rate_limited', 'Rate limit exceeded', { limit }),
    headers: { 'x-ratelimit-reset': String(reset), 'x-ratelimit-remaining': '0' },
  };
}
