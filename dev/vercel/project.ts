import { readdir, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { findMatchingFunction, getLambdaOptionsFromFunction } from '@vercel/build-utils';
import { getTransformedRoutes, type Route } from '@vercel/routing-utils';
import { z } from 'zod';
import { conditions } from './conditions.ts';

/** One function: where a request reaches it, what runs, and the limits vercel.json sets for it. */
export type FunctionEntry = {
  /** Path it answers on, e.g. `/api/oauth/token`. */
  route: string;
  /** File relative to the project, e.g. `api/oauth/token.ts`. */
  source: string;
  /** Module whose default export has `fetch`. */
  file: string;
  maxDurationMs: number;
  supportsCancellation: boolean;
};

/** What Vercel deploys from a folder without a framework. */
export type Project = {
  functions: ReadonlyMap<string, FunctionEntry>;
  /** Static files by the path that serves them. */
  files: ReadonlyMap<string, string>;
  /** Every route of vercel.json in Vercel's own compiled form. */
  routes: readonly Route[];
  /** What Vercel requests on a schedule. */
  crons: readonly { path: string; schedule: string }[];
};

/** Vercel's default, and the limit of the Hobby plan. */
const defaultMaxDurationSeconds = 300;
const functionFile = /\.(?:[cm]?js|[cm]?ts)$/;

/**
 * vercel.json as this server reads it. Enforces, from Vercel's configuration reference and `@vercel/build-utils`:
 *
 * - at most 50 patterns for functions, each at most 256 characters and used by a function: a specific pattern must stand
 *   before a glob that covers it, or the build fails;
 * - `maxDuration` in whole seconds from 1 to 3600, or `max`;
 * - crons with a path from `/`, at most 512 characters, and a schedule of five fields (what a path reaches: `crons.ts`);
 * - functions whose files have a path of at most 128 characters without spaces;
 * - sources, destinations and conditions that Vercel's own compiler takes (`@vercel/routing-utils`).
 *
 * Unsupported settings are errors. Ignoring them would serve something other than a deployment does. Not enforced: limits of
 * a plan (12 functions, 300 seconds and one run of a cron a day on Hobby), and properties that vercel.json does not have.
 */
const vercelJson = z.looseObject({
  routes: z.never('Use rewrites, redirects and headers.').optional(),
  functions: z
    .record(
      z.string().min(1).max(256),
      z.looseObject({
        maxDuration: z.literal('max').or(z.int().min(1).max(3600)).optional(),
        supportsCancellation: z.boolean().optional(),
      }),
    )
    .refine((functions) => Object.keys(functions).length <= 50, 'At most 50 patterns are allowed.')
    .default({}),
  crons: z
    .array(
      z.strictObject({
        path: z.string().startsWith('/').max(512),
        schedule: z.string().regex(/^\S+( \S+){4}$/, 'A schedule has five fields.'),
      }),
    )
    .default([]),
  rewrites: z
    .array(z.looseObject({ source: z.string(), destination: z.string().startsWith('/'), ...conditions }))
    .optional(),
  redirects: z
    .array(z.looseObject({ source: z.string(), destination: z.string(), ...conditions }))
    .optional(),
  headers: z
    .array(
      z.looseObject({
        source: z.string(),
        headers: z.array(z.object({ key: z.string(), value: z.string() })),
        ...conditions,
      }),
    )
    .optional(),
  cleanUrls: z.boolean().optional(),
  trailingSlash: z.boolean().optional(),
});

/** Reads vercel.json, `api/` and `public/` under `root`. Rejects if vercel.json is invalid, and says where. */
export async function readProject(root: string): Promise<Project> {
  const parsed = vercelJson.safeParse(JSON.parse(await readFile(join(root, 'vercel.json'), 'utf8')));
  if (!parsed.success) throw new Error(`vercel.json: ${z.prettifyError(parsed.error)}`);
  const { functions, crons, rewrites, redirects, headers, cleanUrls, trailingSlash } = parsed.data;
  const { routes, error } = getTransformedRoutes({ rewrites, redirects, headers, cleanUrls, trailingSlash });
  if (error) throw new Error(`vercel.json: ${error.message}`);
  return {
    functions: await readFunctions(root, functions),
    files: await readStaticFiles(join(root, 'public'), cleanUrls ?? false),
    routes: routes ?? [],
    crons,
  };
}

async function readFunctions(
  root: string,
  config: z.infer<typeof vercelJson>['functions'],
): Promise<Map<string, FunctionEntry>> {
  const entries = new Map<string, FunctionEntry>();
  const used = new Set<string>();
  for (const path of await filesUnder(join(root, 'api'))) {
    if (!functionFile.test(path) || path.endsWith('.d.ts') || /(^|\/)[._]/.test(path)) continue;
    const source = `api/${path}`;
    if (source.length > 128 || source.includes(' '))
      throw new Error(`${source}: the path of a function has at most 128 characters and no spaces`);
    if (source.includes('['))
      throw new Error(`${source}: dynamic segments are not supported locally; use a rewrite`);
    const route = `/${source.replace(functionFile, '').replace(/\/index$/, '')}`;
    const other = entries.get(route);
    if (other) throw new Error(`${source} and ${other.source} both answer ${route}`);
    const match = findMatchingFunction(config, [source]);
    if (match) used.add(match.pattern);
    const limits = await getLambdaOptionsFromFunction({ sourceFile: source, config: { functions: config } });
    const seconds = typeof limits.maxDuration === 'number' ? limits.maxDuration : defaultMaxDurationSeconds;
    entries.set(route, {
      route,
      source,
      file: join(root, source),
      maxDurationMs: seconds * 1000,
      supportsCancellation: limits.supportsCancellation === true,
    });
  }
  const unused = Object.keys(config).find((pattern) => !used.has(pattern));
  if (unused !== undefined)
    throw new Error(
      `vercel.json: The pattern "${unused}" defined in \`functions\` doesn't match any Serverless Functions inside the \`api\` directory.`,
    );
  return entries;
}

async function readStaticFiles(folder: string, cleanUrls: boolean): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const path of await filesUnder(folder)) {
    const file = join(folder, path);
    const clean = path.replace(/(^|\/)index\.html$/, '$1');
    if (clean !== path) files.set(`/${clean.replace(/\/$/, '')}`, file);
    if (cleanUrls && path.endsWith('.html')) files.set(`/${path.slice(0, -'.html'.length)}`, file);
    else files.set(`/${path}`, file);
  }
  return files;
}

/** Relative paths of the files below `folder`, with forward slashes, sorted. Empty if there is no such folder. */
async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .split(sep)
        .join('/'),
    )
    .sort();
}
