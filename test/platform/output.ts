import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Route } from '@vercel/routing-utils';
import { z } from 'zod';
import type { FunctionEntry, Project } from '../../dev/vercel/project.ts';

/** `.vc-config.json` of a Node.js function (Build Output API, version 3). */
const functionConfig = z.looseObject({
  handler: z.string(),
  runtime: z.string(),
  launcherType: z.literal('Nodejs'),
  maxDuration: z.number(),
  supportsCancellation: z.boolean().default(false),
});

const outputConfig = z.looseObject({
  version: z.literal(3),
  routes: z.array(z.custom<Route>((value) => typeof value === 'object' && value !== null)),
  crons: z.array(z.object({ path: z.string(), schedule: z.string() })),
});

export type OutputFunction = FunctionEntry & {
  runtime: string;
  /** The packages in it, bundled or as files, such as `jose` or `@opentelemetry/api`. */
  packages: string[];
  files: number;
  /** Files of the project that are not code, by their paths. */
  data: string[];
  bytes: number;
};

/** A build as a deployment serves it. */
export type Output = Omit<Project, 'functions'> & {
  functions: ReadonlyMap<string, OutputFunction>;
  crons: { path: string; schedule: string }[];
};

/** Reads a `.vercel/output` folder. */
export async function readOutput(folder: string): Promise<Output> {
  const { routes, crons } = outputConfig.parse(await readJson(join(folder, 'config.json')));
  const functionFolder = join(folder, 'functions');
  const configs = (await filesUnder(functionFolder)).filter((path) => path.endsWith('.func/.vc-config.json'));
  const functions = await Promise.all(configs.map((path) => readFunction(functionFolder, path)));
  const files = await filesUnder(join(folder, 'static'));
  return {
    functions: new Map(functions.map((entry) => [entry.route, entry])),
    files: new Map(files.map((path) => [`/${path}`, join(folder, 'static', path)])),
    routes,
    crons,
  };
}

async function readFunction(functions: string, configPath: string): Promise<OutputFunction> {
  const folder = join(functions, configPath, '..');
  const config = functionConfig.parse(await readJson(join(functions, configPath)));
  const files = (await filesUnder(folder)).filter((path) => path !== '.vc-config.json');
  const sizes = await Promise.all(files.map(async (path) => (await stat(join(folder, path))).size));
  const code = await Promise.all(
    files.filter((path) => /^lib\/.*\.js$/.test(path)).map((path) => readFile(join(folder, path), 'utf8')),
  );
  // The bundler writes the path of each module as a comment.
  const modules = code.flatMap((text) =>
    [...text.matchAll(/^\/\/ (node_modules\/\S+)$/gm)].map(([, path = '']) => path),
  );
  const packages = [...files, ...modules].flatMap(
    (path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [],
  );
  return {
    route: `/${configPath.replace('.func/.vc-config.json', '')}`,
    source: config.handler,
    file: join(folder, config.handler),
    maxDurationMs: config.maxDuration * 1000,
    supportsCancellation: config.supportsCancellation,
    runtime: config.runtime,
    packages: [...new Set(packages)].sort(),
    files: files.length,
    data: files.filter((path) => !/^node_modules\/|\.(?:[cm]?js|map|json)$/.test(path)),
    bytes: sizes.reduce((sum, size) => sum + size, 0),
  };
}

async function readJson(file: string): Promise<unknown> {
  return JSON.parse(await readFile(file, 'utf8'));
}

/** Relative paths of the files below `folder`, with forward slashes, sorted. */
async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}
