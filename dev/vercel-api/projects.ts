/**
 * Projects, `/v9/projects` and `/v11/projects`. Refuses, as Vercel does:
 * - a name that is not lowercase, longer than 100 characters or contains `---`: 400
 * - a name that exists already: 409
 * - a repository that Vercel's GitHub application cannot read: 400
 * - unknown properties, frameworks and kinds of protection: 400
 */
import { z } from 'zod';
import type { ApiReply } from '../platform-api/server.ts';
import { parseBody, refusal } from './reply.ts';
import { type Account, newId, type Project } from './state.ts';

const protection = z
  .strictObject({
    deploymentType: z.enum([
      'all',
      'preview',
      'prod_deployment_urls_and_all_previews',
      'all_except_custom_domains',
    ]),
  })
  .nullable();
const framework = z.enum(['nextjs', 'vite', 'hono', 'express']).nullable();

const creation = z.strictObject({
  name: z
    .string()
    .max(100)
    .regex(/^(?!.*---)[a-z0-9._-]+$/),
  framework: framework.optional(),
  gitRepository: z.strictObject({ type: z.literal('github'), repo: z.string() }).optional(),
  ssoProtection: protection.optional(),
});

const update = z.strictObject({
  framework: framework.optional(),
  autoExposeSystemEnvs: z.boolean().optional(),
  ssoProtection: protection.optional(),
});

const bypass = z.strictObject({
  generate: z
    .strictObject({ secret: z.string().length(32).optional(), note: z.string().optional() })
    .optional(),
});

/** `POST /v11/projects` */
export function createProject(account: Account, body: unknown): ApiReply {
  const parsed = parseBody(creation, body);
  if ('reply' in parsed) return parsed.reply;
  const { name, gitRepository, ...settings } = parsed.value;
  if (account.projects.some((each) => each.name === name))
    return refusal(409, 'conflict', `Project "${name}" already exists, please use a new name.`);
  const repoId = gitRepository && account.repositories.get(gitRepository.repo);
  if (gitRepository && repoId === undefined)
    return refusal(
      400,
      'bad_request',
      'To link a GitHub repository, you need to install the GitHub integration first.',
      { action: 'Install GitHub App', link: 'https://github.com/apps/vercel', repo: gitRepository.repo },
    );
  const [org = '', repo = ''] = gitRepository?.repo.split('/') ?? [];
  const project: Project = {
    id: newId('prj'),
    accountId: account.accountId,
    name,
    framework: settings.framework ?? null,
    autoExposeSystemEnvs: true,
    // New projects get Standard Protection.
    ssoProtection: settings.ssoProtection ?? { deploymentType: 'all_except_custom_domains' },
    protectionBypass: {},
    ...(repoId === undefined
      ? {}
      : { link: { type: 'github', org, repo, repoId, productionBranch: 'main' } }),
    env: [],
    domains: [account.domainOf(name)],
  };
  account.projects.push(project);
  return { status: 200, body: shown(project) };
}

/** `GET /v9/projects/:idOrName` */
export function readProject(project: Project): ApiReply {
  return { status: 200, body: shown(project) };
}

/** `PATCH /v9/projects/:idOrName` */
export function updateProject(project: Project, body: unknown): ApiReply {
  const parsed = parseBody(update, body);
  if ('reply' in parsed) return parsed.reply;
  Object.assign(project, parsed.value);
  return { status: 200, body: shown(project) };
}

/** `GET /v9/projects/:idOrName/domains` */
export function listDomains({ domains }: Project): ApiReply {
  const list = domains.map((name) => ({ name, verified: true, redirect: null, gitBranch: null }));
  return { status: 200, body: { domains: list, pagination: { count: list.length, next: null, prev: null } } };
}

/** `PATCH /v1/projects/:idOrName/protection-bypass` */
export function changeBypass(project: Project, body: unknown): ApiReply {
  const parsed = parseBody(bypass, body ?? {});
  if ('reply' in parsed) return parsed.reply;
  const secret = parsed.value.generate?.secret ?? newId('x').slice(-24).padStart(32, 'b');
  if (project.protectionBypass[secret]) return refusal(409, 'conflict', 'The secret exists already.');
  project.protectionBypass[secret] = {
    createdAt: Date.now(),
    createdBy: 'user',
    scope: 'automation-bypass',
    isEnvVar: true,
  };
  return { status: 200, body: { protectionBypass: project.protectionBypass } };
}

function shown({ env: _, domains: __, ...project }: Project) {
  return project;
}
