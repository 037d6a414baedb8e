import { existsSync } from 'node:fs';
import { glob, readFile, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Plugin, RolldownOutput } from 'rolldown';
import type { Result } from '../../lib/result.ts';

/** Where the parts that several modules share are written. */
const folder = 'lib/.bundle';

/** The packages that are bundled, with what they import. Others, which tools may import, are left to Vercel's builder. */
const bundledPackages = /^(zod|jose|@modelcontextprotocol\/server|@oxc-project\/runtime)(\/|$)/;

/** Functions that need little of `lib/`. What they share with others is split more finely, so that they load no more. */
const lightFunctions = /^api\/(health|landing|well-known\/[\w-]+)\.ts$/;

/** Imports of modules in a function's source: when it starts, and later. Types are not loaded. */
const staticImport = /^import (?!type )[^;]*?from '(\.[^']+\.ts)'/gm;
const dynamicImport = /\bimport\('(\.[^']+\.ts)'\)/g;

/** The folders whose modules may name files next to them. */
const authored = ['lib/tools/', 'lib/skills/'];

/** The form in which a tool or skill names a file next to it, for Vercel's builder to find. */
const fileUrl = /new URL\(\s*'(\.[^']*)',\s*import\.meta\.url,?\s*\)/g;
const placeholder = 'file-of-the-project:';
const placeholders = new RegExp(`["'\`]${placeholder}([^"'\`]*)["'\`]`, 'g');

/**
 * Bundles `lib/` and its packages into few files: a function that opens ten files starts in half the time of one that opens a
 * hundred. For each module that a function imports, `lib/x.ts`, this writes `lib/x.js`. Vercel's builder takes that file
 * instead of compiling the source.
 *
 * @param root the folder of the project.
 * @returns the paths of the written files, relative to the root. Or why `lib/` cannot be bundled: then nothing is written, and the
 * builder compiles the sources one by one.
 */
export async function bundleFunctions(root: string): Promise<Result<string[], string>> {
  const functions = await readFunctions(root);
  await remove(root, functions);
  try {
    const { output } = await write(root, functions);
    return { value: output.map(({ fileName }) => fileName).sort() };
  } catch (error) {
    await remove(root, functions);
    return { failure: (error as Error).message };
  }
}

/** Removes what `bundleFunctions` has written. */
export async function removeBundle(root: string): Promise<void> {
  await remove(root, await readFunctions(root));
}

async function remove(root: string, functions: Functions): Promise<void> {
  await rm(join(root, folder), { recursive: true, force: true });
  for (const path of modulesOf(functions))
    await rm(join(root, path.replace(/\.ts$/, '.js')), { force: true });
}

/** Whether `bundleFunctions` writes this file, by its path from the root. */
export function isBundle(root: string, path: string): boolean {
  return (
    path.startsWith(`${folder}/`) ||
    (path.startsWith('lib/') && path.endsWith('.js') && existsSync(join(root, path.replace(/\.js$/, '.ts'))))
  );
}

/** The modules that each function imports: when it starts, and later. All paths are relative to the root. */
type Functions = Map<string, { atStart: string[]; later: string[] }>;

async function readFunctions(root: string): Promise<Functions> {
  const functions: Functions = new Map();
  for await (const path of glob('api/**/*.ts', { cwd: root })) {
    const source = await readFile(join(root, path), 'utf8');
    const imports = (kind: RegExp) =>
      [...source.matchAll(kind)].map(([, to = '']) => join(dirname(path), to));
    functions.set(path, { atStart: imports(staticImport), later: imports(dynamicImport) });
  }
  return functions;
}

function modulesOf(functions: Functions): string[] {
  return [...new Set([...functions.values()].flatMap(({ atStart, later }) => [...atStart, ...later]))];
}

async function write(root: string, functions: Functions): Promise<RolldownOutput> {
  const { rolldown } = await import('rolldown');
  const bundle = await rolldown({
    cwd: root,
    input: Object.fromEntries(
      modulesOf(functions).map((path) => [path.replace(/\.ts$/, ''), join(root, path)]),
    ),
    platform: 'node',
    tsconfig: false,
    transform: { target: 'node24' },
    external: (id, importer) =>
      id.startsWith('node:') ||
      (/^[^./]/.test(id) && !bundledPackages.test(id) && !importer?.includes('/node_modules/')),
    preserveEntrySignatures: 'allow-extension',
    plugins: [projectFiles(root)],
    checks: { ineffectiveDynamicImport: false },
  });
  let chunkOf: ((id: string) => string | null) | undefined;
  try {
    return await bundle.write({
      dir: root,
      format: 'esm',
      entryFileNames: '[name].js',
      chunkFileNames: `${folder}/[name].js`,
      codeSplitting: {
        includeDependenciesRecursively: false,
        groups: [
          {
            debugName: 'functions',
            name: (id, context) => {
              chunkOf ??= chunks(
                root,
                functions,
                (module) => context.getModuleInfo(module)?.importedIds ?? [],
              );
              return chunkOf(id);
            },
          },
        ],
      },
    });
  } finally {
    await bundle.close();
  }
}

/**
 * Which chunk a module goes to, by the functions that load it when they start. A module is loaded by all functions that load
 * one that imports it, so chunks cannot import each other in a circle. What is only loaded later stays apart.
 */
function chunks(
  root: string,
  functions: Functions,
  importsOf: (id: string) => string[],
): (id: string) => string | null {
  const loadedBy = new Map<string, Set<string>>();
  for (const [name, { atStart }] of functions) {
    const visit = (id: string) => {
      const names = loadedBy.get(id) ?? new Set();
      if (names.has(name)) return;
      loadedBy.set(id, names.add(name));
      for (const imported of importsOf(id)) visit(imported);
    };
    for (const path of atStart) visit(join(root, path));
  }
  const parts = new Map<string, string>();
  return (id) => {
    const names = [...(loadedBy.get(id) ?? [])].sort();
    if (!names.length) return null;
    if (names.length > 1 && !names.some((name) => lightFunctions.test(name))) return 'shared';
    const key = names.join();
    const part = parts.get(key) ?? (names.length > 1 ? `shared-${parts.size}` : nameOf(key));
    parts.set(key, part);
    return part;
  };
}

/** `api/oauth/token.ts` → `oauth-token` */
const nameOf = (path: string) => path.replace(/^api\/|\.ts$/g, '').replaceAll('/', '-');

/** Keeps the URLs of files next to a source right, wherever its code ends up. */
function projectFiles(root: string): Plugin {
  return {
    name: 'project-files',
    transform: {
      filter: { code: 'import.meta' },
      handler(code, id) {
        if (!authored.some((folder) => id.startsWith(join(root, folder)))) return null;
        if (code.replace(fileUrl, '').includes('import.meta'))
          throw new Error(
            `${relative(root, id)} uses import.meta in another form than new URL('./file', import.meta.url)`,
          );
        return code.replace(fileUrl, (_, file: string) => {
          const path = relative(root, join(dirname(id), file)) + (file.endsWith('/') ? '/' : '');
          return `new URL('${placeholder}${path}', import.meta.url)`;
        });
      },
    },
    renderChunk: (code, { fileName }) =>
      code.replace(placeholders, (_, path: string) => {
        const file = relative(dirname(fileName), path) + (path.endsWith('/') ? '/' : '');
        return JSON.stringify(file);
      }),
  };
}
