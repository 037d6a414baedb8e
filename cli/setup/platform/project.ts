import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Vercel } from './vercel.ts';

const projectSchema = z.looseObject({
  id: z.string(),
  accountId: z.string(),
  name: z.string(),
  framework: z.string().nullish(),
  autoExposeSystemEnvs: z.boolean().optional(),
  ssoProtection: z.looseObject({ deploymentType: z.string() }).nullish(),
  passwordProtection: z.looseObject({ deploymentType: z.string() }).nullish(),
  protectionBypass: z.record(z.string(), z.looseObject({ scope: z.string() })).nullish(),
  link: z
    .looseObject({
      type: z.string(),
      repoId: z.union([z.number(), z.string()]).optional(),
      productionBranch: z.string().optional(),
    })
    .nullish(),
});

/** A Vercel project, as far as setup looks at it. */
export type Project = z.infer<typeof projectSchema>;

const pathOf = (idOrName: string) => `/v9/projects/${encodeURIComponent(idOrName)}`;

/** The project by id or name. Undefined if the account has none. */
export function findProject(vercel: Vercel, idOrName: string): Promise<Project | undefined> {
  return vercel.find({ method: 'GET', path: pathOf(idOrName) }, projectSchema);
}

/**
 * Creates a project without a framework.
 *
 * @param repository the GitHub repository to deploy from, as `owner/name`.
 */
export function createProject(
  vercel: Vercel,
  name: string,
  repository: string | undefined,
): Promise<Project> {
  const git = repository ? { gitRepository: { type: 'github', repo: repository } } : {};
  const json = { name, framework: null, ...git };
  return vercel.call({ method: 'POST', path: '/v11/projects', json }, projectSchema);
}

/** Changes settings of a project. */
export function updateProject(
  vercel: Vercel,
  { id }: Project,
  json: { framework?: null; autoExposeSystemEnvs?: true; ssoProtection?: { deploymentType: string } | null },
): Promise<Project> {
  return vercel.call({ method: 'PATCH', path: pathOf(id), json }, projectSchema);
}

/** Creates a secret that lets scripts through Deployment Protection. */
export async function createBypass(vercel: Vercel, { id }: Project): Promise<void> {
  const path = `/v1/projects/${encodeURIComponent(id)}/protection-bypass`;
  const json = { generate: { note: 'For npm run doctor' } };
  await vercel.call({ method: 'PATCH', path, json }, z.looseObject({}));
}

/** The secret that lets scripts through Deployment Protection. Undefined if there is none. */
export function bypassOf({ protectionBypass }: Project): string | undefined {
  return Object.entries(protectionBypass ?? {}).find(([, { scope }]) => scope === 'automation-bypass')?.[0];
}

const domains = z.object({
  domains: z.array(
    z.looseObject({
      name: z.string(),
      verified: z.boolean(),
      redirect: z.string().nullish(),
      gitBranch: z.string().nullish(),
      customEnvironmentId: z.string().nullish(),
    }),
  ),
});

/** The production domain: a domain of your own if the project has one, otherwise the one at vercel.app. */
export async function productionDomain(vercel: Vercel, { id }: Project): Promise<string | undefined> {
  const found = await vercel.call({ method: 'GET', path: `${pathOf(id)}/domains` }, domains);
  const usable = found.domains.filter(
    (each) => each.verified && !each.redirect && !each.gitBranch && !each.customEnvironmentId,
  );
  return (usable.find(({ name }) => !name.endsWith('.vercel.app')) ?? usable[0])?.name;
}

const linkFile = z.object({ projectId: z.string(), orgId: z.string() });

/** The project that this folder is linked to, in the file that `vercel link` writes. */
export async function readLink(folder: string): Promise<z.infer<typeof linkFile> | undefined> {
  const text = await readFile(linkPath(folder), 'utf8').catch(() => undefined);
  try {
    return text === undefined ? undefined : linkFile.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Links this folder to a project as `vercel link` does. */
export async function writeLink(folder: string, { id, accountId, name }: Project): Promise<void> {
  const path = linkPath(folder);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify({ projectId: id, orgId: accountId, projectName: name })}\n`);
}

function linkPath(folder: string): string {
  return join(folder, '.vercel', 'project.json');
}
