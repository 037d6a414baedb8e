import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { type Change, type Finding, stepOf } from '../plan.ts';
import { urlOfHost } from '../platform/host-url.ts';
import {
  createProject,
  findProject,
  type Project,
  productionDomain,
  readLink,
  updateProject,
  writeLink,
} from '../platform/project.ts';
import type { Vercel } from '../platform/vercel.ts';
import { carryOut, type Run, type SetupStep, skipped } from '../step.ts';

/** Finds or creates the Vercel project, and links the folder to it. */
export const project: SetupStep = {
  name: 'project',
  title: 'Vercel project',
  async run(run) {
    const { vercel, folder } = run;
    if (!vercel) return skipped(run, noToken);
    const repository = await githubRepository(folder);
    const wanted = await wantedProject(run, repository);
    const found = await findProject(vercel, wanted);
    if (!found) {
      run.projectUrl = `https://${wanted}.vercel.app`;
      return carryOut(run, {
        steps: [stepOf(`Project ${wanted}`, false, newProject(repository))],
        findings: repository ? [] : [withoutRepository],
        apply: async () => {
          await connect(run, vercel, await createProject(vercel, wanted, repository));
        },
      });
    }
    await remember(run, vercel, found);
    const link = await readLink(folder);
    const changes = settingsOf(found);
    const linked = link?.projectId === found.id && link.orgId === found.accountId;
    return carryOut(run, {
      steps: [
        stepOf(`Project ${found.name}`, true, changes),
        stepOf('.vercel/project.json', link !== undefined, linked ? [] : [linkTo(found)]),
      ],
      findings: findingsOf(found),
      apply: async () => {
        const json = { autoExposeSystemEnvs: true } as const;
        await connect(run, vercel, changes.length ? await updateProject(vercel, found, json) : found);
      },
    });
  },
};

/** Why a step that needs Vercel is skipped. */
export const noToken = 'There is no Vercel token (VERCEL_TOKEN).';

/** The project that an earlier step or run found or created. Undefined if there is none. */
export async function requireProject(run: Run): Promise<{ vercel: Vercel; project: Project } | undefined> {
  const { vercel, flags, env, folder } = run;
  if (!vercel) return undefined;
  const wanted = flags.project || env.VERCEL_PROJECT_ID || (await readLink(folder))?.projectId;
  run.project ??= wanted ? await findProject(vercel, wanted) : undefined;
  return run.project && { vercel, project: run.project };
}

async function connect(run: Run, vercel: Vercel, found: Project): Promise<void> {
  await writeLink(run.folder, found);
  await remember(run, vercel, found);
}

async function remember(run: Run, vercel: Vercel, found: Project): Promise<void> {
  run.project = found;
  const domain = await productionDomain(vercel, found);
  run.projectUrl = domain && urlOfHost(domain);
}

async function wantedProject(run: Run, repository: string | undefined): Promise<string> {
  const { flags, env, folder, prompt } = run;
  const given = flags.project || env.VERCEL_PROJECT_ID || (await readLink(folder))?.projectId;
  if (given) return given;
  // Vercel's names are lowercase letters, digits and . _ - without three - in a row.
  const suggested = basename(repository ?? folder)
    .toLowerCase()
    .replace(/[^a-z0-9._]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 100);
  return prompt ? prompt.ask('Vercel project, existing or new', suggested) : suggested;
}

/** The GitHub repository that `origin` points to, as `owner/name`. */
function githubRepository(folder: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile('git', ['remote', 'get-url', 'origin'], { cwd: folder }, (error, stdout) => {
      // The URL can contain a token, so nothing else of it is used.
      const match = /github\.com[:/]([\w.-]+\/[\w.-]+?)(?:\.git)?\/?\s*$/.exec(stdout);
      resolve(error ? undefined : match?.[1]);
    });
  });
}

function newProject(repository: string | undefined): Change[] {
  const framework = { property: 'framework', to: 'none', why: 'Vercel builds the functions in api/.' };
  if (!repository) return [framework];
  return [framework, { property: 'repository', to: repository, why: 'Every push deploys.' }];
}

function settingsOf({ autoExposeSystemEnvs }: Project): Change[] {
  if (autoExposeSystemEnvs === true) return [];
  const why = 'The server learns the URLs of its previews from Vercel’s system variables.';
  return [{ property: 'autoExposeSystemEnvs', from: 'false', to: 'true', why }];
}

function linkTo({ name }: Project): Change {
  return { property: 'project', to: name, why: 'Later runs and the Vercel CLI find the project.' };
}

const withoutRepository: Finding = {
  level: 'warning',
  message: 'This folder has no GitHub repository as its origin, so setup cannot deploy the project.',
  fix: 'Push it to GitHub and connect the repository under Settings → Git, or deploy with npx vercel deploy --prod.',
};

function findingsOf({ framework }: Project): Finding[] {
  if (!framework) return [];
  return [
    {
      level: 'warning',
      message: `The project’s framework is ${framework}.`,
      fix: 'Choose “Other” under Settings → Build and Deployment.',
    },
  ];
}
