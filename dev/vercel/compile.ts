/** Started by `build.ts` as a process: bundles a project and runs Vercel's builder on it, as a deployment does. Writes `handlers.json`. */
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type BuildV3, download, glob, type Meta, NowBuildError } from '@vercel/build-utils';
import * as vercelNode from '@vercel/node';
import { bundleFunctions, removeBundle } from './bundle.ts';

export type Compilation = {
  root: string;
  folder: string;
  sources: { route: string; source: string }[];
  /** Whether the sources are the project's functions, which are bundled first. */
  bundled: boolean;
};
/** Handler files by route, relative to the build's folder. */
export type Compiled = Record<string, string>;

// The package's types declare only its request types, not the builder.
const { build } = vercelNode as unknown as { build: BuildV3 };
const { root, folder, sources, bundled }: Compilation = JSON.parse(process.argv[2] ?? '{}');

// Without this, the builder would run `npm install` in the project.
const meta: Meta = { skipDownload: true, runNpmInstallSet: new Set([join(root, 'package.json')]) };
const folders = new Set(sources.map(({ source }) => dirname(source).split('/')[0]));
const files = await glob(`{${[...folders].join()},api}/**`, { cwd: root });
const compiled: Compiled = {};
try {
  if (bundled) await bundleFunctions(root);
  for (const { route, source } of sources) {
    const { output } = await build({
      files,
      entrypoint: source,
      workPath: root,
      repoRootPath: root,
      config: { zeroConfig: true },
      meta,
    });
    if (!('handler' in output) || !output.files)
      throw new Error(`${source} was not built into a Node.js function`);
    const functionFolder = `${route.slice(1)}.func`;
    await download(output.files, join(folder, functionFolder));
    compiled[route] = `${functionFolder}/${output.handler}`;
  }
  await writeFile(join(folder, 'handlers.json'), JSON.stringify(compiled));
} catch (error) {
  // Not thrown on: Node would print the line of the builder's minified source, all 70 KB of it.
  console.error(error instanceof NowBuildError ? error.message : error);
  process.exitCode = 1;
} finally {
  if (bundled) await removeBundle(root);
}
