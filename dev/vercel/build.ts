import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { glob, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Compilation, Compiled } from './compile.ts';
import { readProject } from './project.ts';

/** A finished build that has not been used for this long makes room, milliseconds. */
const keepBuildsMs = 24 * 60 * 60 * 1000;

/**
 * Compiles every function of a project with Vercel's own builder, each into a folder of its own that holds just
 * the files traced for it. Takes about a second per function; an unchanged project is not built again.
 *
 * @returns the handler file of each route, e.g. `/api/mcp` → `…/api/mcp.func/api/mcp.js`.
 */
export async function buildFunctions(root: string): Promise<Map<string, string>> {
  const { functions } = await readProject(root);
  const cache = join(root, 'node_modules', '.cache', 'vercel-functions');
  const folder = join(cache, await contentHash(root));
  const handlers = (await readHandlers(folder)) ?? (await compile(folder));
  return new Map(Object.entries(handlers).map(([route, file]) => [route, join(folder, file)]));

  async function compile(destination: string): Promise<Compiled> {
    await removeOldBuilds(cache);
    const unfinished = `${destination}.${process.pid}`;
    const sources = [...functions.values()].map(({ route, source }) => ({ route, source }));
    await mkdir(unfinished, { recursive: true });
    try {
      await runCompiler({ root, folder: unfinished, sources });
      // Someone else may have finished the same build meanwhile; then theirs serves as well.
      await rename(unfinished, destination).catch(() => {});
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
    const compiled = await readHandlers(destination);
    if (!compiled) throw new Error(`The build left nothing in ${destination}`);
    return compiled;
  }
}

/** The builder logs to its standard output and keeps a lot in memory, so it gets a process of its own. */
async function runCompiler(compilation: Compilation): Promise<void> {
  const env = Object.entries(process.env).filter(([name]) => !name.startsWith('VERCEL'));
  const child = fork(new URL('./compile.ts', import.meta.url), [JSON.stringify(compilation)], {
    env: Object.fromEntries(env),
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`Building the functions failed:\n${output}`);
}

async function readHandlers(folder: string): Promise<Compiled | undefined> {
  const text = await readFile(join(folder, 'handlers.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}

async function contentHash(root: string): Promise<string> {
  const hash = createHash('sha256');
  const patterns = ['{api,lib}/**/*.*', '{package,package-lock,tsconfig,vercel}.json'];
  const paths: string[] = [];
  for await (const path of glob(patterns, { cwd: root })) paths.push(path);
  for (const path of paths.sort()) {
    const content = await readFile(join(root, path));
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 24);
}

async function removeOldBuilds(cache: string): Promise<void> {
  for (const name of await readdir(cache).catch(() => [])) {
    const { mtimeMs } = await stat(join(cache, name));
    if (Date.now() - mtimeMs > keepBuildsMs) await rm(join(cache, name), { recursive: true, force: true });
  }
}
