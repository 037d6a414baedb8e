import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildFunctions } from '../../../dev/vercel/build.ts';
import { type Functions, startFunctions } from '../../../dev/vercel/functions.ts';
import { eventually } from '../../support/eventually.ts';
import { fixtureRoot } from './fixture.ts';

const installed = new URL('../../../node_modules/', import.meta.url);

let root: string;
let functions: Functions | undefined;

// A separate project: a copy of three functions with only the package that they import.
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'functions-')));
  for (const path of ['package.json', 'lib', 'api/echo.ts', 'api/later.ts'])
    await cp(join(fixtureRoot, path), join(root, path), { recursive: true });
  // Without the limits of functions that are not copied: a pattern must match one.
  const { functions: _limits, ...config } = JSON.parse(
    await readFile(join(fixtureRoot, 'vercel.json'), 'utf8'),
  );
  await writeFile(join(root, 'vercel.json'), JSON.stringify(config));
  const { pathname: packageFolder } = new URL('@vercel/functions', installed);
  await mkdir(join(root, 'node_modules/@vercel'), { recursive: true });
  await cp(packageFolder, join(root, 'node_modules/@vercel/functions'), { recursive: true });
  await writeFile(join(root, 'tsconfig.json'), JSON.stringify({ compilerOptions: compilerOptions() }));
  await writeFile(
    join(root, 'api/untraced.ts'),
    'export default { fetch: async (r: Request) => Response.json(await import(r.headers.get("x-name") ?? "")) };\n',
  );
  functions = await startFunctions({ root, port: 0, built: true, env: process.env });
});
afterAll(async () => {
  await functions?.close();
  await rm(root, { recursive: true, force: true });
});

const call = (path: string, init?: RequestInit) => fetch(`${functions?.origin}${path}`, init);

test('a built function runs with the files traced for it', async () => {
  expect(await (await call('/echo/sam')).json()).toMatchObject({ answer: 42, method: 'GET' });
});

test('waitUntil works in a built function', async () => {
  await call('/api/later', { method: 'POST' });
  await functions?.idle();
  expect(await (await call('/api/later')).json()).toMatchObject({ done: 1 });
});

test('a package that the builder did not trace is not found', async () => {
  const statusOf = async (name: string) =>
    (await call('/api/untraced', { headers: { 'x-name': name } })).status;
  expect(await statusOf('node:fs')).toBe(200);
  // Installed here, but a deployment would not have it.
  expect(await statusOf('@vercel/functions')).toBe(500);
});

test('an unchanged project is not built again, a changed one is', async () => {
  const writtenAtMs = async (built: Map<string, string>) =>
    (await stat(built.get('/api/echo') ?? '')).mtimeMs;
  const first = await buildFunctions(root);
  const before = await writtenAtMs(first);
  const second = await buildFunctions(root);
  expect(second).toEqual(first);
  expect(await writtenAtMs(second)).toBe(before);

  await writeFile(join(root, 'lib/answer.ts'), 'export const answer: number = 43;\n');
  // Two builds at once: one runs, the other waits for its result.
  const [third, fourth] = await Promise.all([buildFunctions(root), buildFunctions(root)]);
  expect(third.get('/api/echo')).not.toBe(first.get('/api/echo'));
  expect(fourth).toEqual(third);
});

test('a project that changes while it is built is built again', async () => {
  const answer = (value: number) =>
    writeFile(join(root, 'lib/answer.ts'), `export const answer: number = ${value};\n`);
  const cache = join(root, 'node_modules/.cache/vercel-functions');
  const unfinished = async () => (await readdir(cache)).filter((name) => name.includes('.'));
  await answer(44);
  const building = buildFunctions(root);
  await eventually(async () => expect(await unfinished()).toHaveLength(1));
  await answer(45);

  expect(await building).toEqual(await buildFunctions(root));
  expect(await unfinished()).toEqual([]);
});

test('a project that does not build is an error with the message of the builder', async () => {
  await writeFile(join(root, 'package.json'), JSON.stringify({ type: 'module', engines: { node: '10.x' } }));
  const error = String(await buildFunctions(root).catch((reason: Error) => reason));
  expect(error).toMatch(/Node\.js Version "10\.x"/);
  expect(error.length).toBeLessThan(500);
});

function compilerOptions() {
  return { target: 'es2024', module: 'nodenext', rewriteRelativeImportExtensions: true };
}
