import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The Vercel CLI and its dependencies: 360 MB, too much for a dependency of every clone. Version 64.0.2 requires
 * `sandbox` 4.4.0, which is not in the registry.
 */
const manifest = JSON.stringify({
  private: true,
  dependencies: { vercel: '64.0.2' },
  overrides: { sandbox: '4.5.0' },
});

/** `npm ci` deletes this folder. */
const folder = fileURLToPath(new URL('../../node_modules/.cache/vercel-cli/', import.meta.url));

/** Installs the Vercel CLI, unless this version is already there. Returns its main module. */
export async function installVercelCli(): Promise<string> {
  const main = join(folder, 'node_modules/vercel/dist/vc.js');
  const installed = await readFile(join(folder, 'package.json'), 'utf8').catch(() => undefined);
  if (installed === manifest && existsSync(main)) return main;
  // Complete or not there at all: an interrupted installation would look like a finished one.
  const unfinished = `${folder.replace(/[\\/]$/, '')}.${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  await writeFile(join(unfinished, 'package.json'), manifest);
  // Install scripts are not needed: they only speed up the CLI.
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync('npm', args, { cwd: unfinished, stdio: ['ignore', 'ignore', 'inherit'] });
  await rm(folder, { recursive: true, force: true });
  await rename(unfinished, folder);
  return main;
}
