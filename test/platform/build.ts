import { spawn } from 'node:child_process';
import { cp, link, mkdir, readdir, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyProject, temporaryFolder, writeFiles } from '../support/project-copy.ts';

const packages = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** A project as `vercel link` would write it. No such project exists, and the build does not ask. */
const projectLink = {
  projectId: 'prj_made_up',
  orgId: 'team_made_up',
  settings: { framework: null, nodeVersion: '24.x' },
};

export type Build = {
  /** The `.vercel/output` folder (Build Output API, version 3). */
  output: string;
  /** Everything that the CLI printed. */
  log: string;
  remove(): Promise<void>;
};

/**
 * Builds a copy of this repository with `vercel build`, as a production deployment does. Needs no network and no
 * account: packages are those installed here.
 */
export async function buildWithVercel(cli: string): Promise<Build> {
  const folder = await temporaryFolder();
  const root = folder.path;
  try {
    await copyProject(root);
    await copyPackages(packages, join(root, 'node_modules'));
    await writeFiles(root, { '.vercel/project.json': JSON.stringify(projectLink) });
    const log = await runBuild(cli, root);
    return { output: join(root, '.vercel/output'), log, remove: folder.remove };
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

function runBuild(cli: string, root: string): Promise<string> {
  const env = {
    PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
    // Without the login and the settings of whoever runs this.
    HOME: join(root, '.vercel/home'),
    VERCEL_TELEMETRY_DISABLED: '1',
    NO_UPDATE_NOTIFIER: '1',
    // Set on Vercel. Without it, the CLI warns that the build runs elsewhere.
    VERCEL_BUILD_IMAGE: '1',
    // Vercel installs the packages first, and then tells the builder that they are there.
    VERCEL_INSTALL_COMPLETED: '1',
    VERCEL_INSTALL_COMPLETED_PATH: join(root, 'package.json'),
  };
  const args = [cli, 'build', '--prod', '--yes', '--token', 'madeup'];
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      log += chunk;
    });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(log);
      else reject(new Error(`vercel build ended with ${code}:\n${log}`));
    });
  });
}

/**
 * Links every file of `node_modules`: the builder only traces files inside the project, so a link to the folder is not
 * enough. Copies them if the folders are on different file systems.
 */
async function copyPackages(from: string, to: string): Promise<void> {
  try {
    await linkFiles(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    await rm(to, { recursive: true });
    const filter = (path: string) => path !== join(from, '.cache');
    await cp(from, to, { recursive: true, verbatimSymlinks: true, filter });
  }
}

async function linkFiles(from: string, to: string): Promise<void> {
  await mkdir(to);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (source === join(packages, '.cache')) continue;
    if (entry.isDirectory()) await linkFiles(source, target);
    else await link(source, target);
  }
}
