import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { glob, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { withBuildLock } from './build-lock.ts';
import { isBundle } from './bundle.ts';
import type { Compilation, Compiled } from './compile.ts';
import { readProject } from './project.ts';

/** Older builds are removed by the next build. */
const keepBuildsMs = 24 * 60 * 60 * 1000;

/**
 * Compiles every function of a project with Vercel's own builder. Each gets its own folder with only the files traced
 * for it. Takes about a second per function. An unchanged project is not built again.
 *
 * @returns The handler file of each route, e.g. `/api/mcp` → `…/api/mcp.func/api/mcp.js`.
 */
export async function buildFunctions(root: string): Promise<Map<string, string>> {
  const cache = join(root, 'node_modules', '.cache', 'vercel-functions');
  for (;;) {
    const hash = await contentHash(root);
    const folder = join(cache, hash);
    const handlers = (await readHandlers(folder)) ?? (await compile(root, cache, hash));
    if (handlers)
      return new Map(Object.entries(handlers).map(([route, file]) => [route, join(folder, file)]));
  }
}

/**
 * Compiles other files of a project as if each were a function of its own, for comparisons.
 *
 * @returns The handler file of each source.
 */
export async function buildSources(root: string, sources: string[]): Promise<Map<string, string>> {
  const folder = join(root, 'node_modules', '.cache', 'vercel-sources');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const asFunctions = sources.map((source) => ({ route: `/${source.replace(/\.ts$/, '')}`, source }));
  await runCompiler({ root, folder, sources: asFunctions, bundled: false });
  const handlers = (await readHandlers(folder)) ?? {};
  return new Map(asFunctions.map(({ route, source }) => [source, join(folder, handlers[route] ?? '')]));
}

/** Nothing if the project changed meanwhile: nobody knows which of its files were built before. */
async function compile(root: string, cache: string, hash: string): Promise<Compiled | undefined> {
  const folder = join(cache, hash);
  await mkdir(cache, { recursive: true });
  return await withBuildLock(join(cache, 'lock'), async () => {
    const builtMeanwhile = await readHandlers(folder);
    if (builtMeanwhile) return builtMeanwhile;
    await removeOldBuilds(cache);
    const { functions } = await readProject(root);
    const unfinished = `${folder}.${process.pid}`;
    try {
      await mkdir(unfinished);
      await runCompiler({
        root,
        folder: unfinished,
        sources: [...functions.values()].map(({ route, source }) => ({ route, source })),
        bundled: true,
      });
      if ((await contentHash(root)) !== hash) return undefined;
      await rename(unfinished, folder);
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
    const compiled = await readHandlers(folder);
    if (!compiled) throw new Error(`The build wrote nothing to ${folder}`);
    return compiled;
  });
}

/** The builder logs to standard output and uses a lot of memory, so it runs in its own process. */
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
  for await (const path of glob(patterns, { cwd: root })) if (!isBundle(root, path)) paths.push(path);
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
