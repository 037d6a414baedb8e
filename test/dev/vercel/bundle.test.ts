import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildFunctions } from '../../../dev/vercel/build.ts';
import { bundleFunctions } from '../../../dev/vercel/bundle.ts';
import { startFunctions } from '../../../dev/vercel/functions.ts';
import { fixtureRoot } from './fixture.ts';

let root: string;

const project = {
  'api/one.ts': `import { count } from '../lib/count.ts';
import { text, type Text } from '../lib/tools/index.ts';
const told: Text = 'one';
export default { fetch: async () => Response.json({ told, count: count(), text: await text(), later: (await import('../lib/later.ts')).again() }) };
`,
  'api/two.ts': `import { count } from '../lib/count.ts';
export default { fetch: () => Response.json({ count: count() }) };
`,
  'lib/count.ts': 'let n = 0;\nexport const count = () => ++n;\n',
  'lib/later.ts': "import { count } from './count.ts';\nexport const again = () => count();\n",
  'lib/tools/index.ts': "export { text } from './deep/tool.ts';\nexport type Text = string;\n",
  'lib/tools/deep/tool.ts': `import { readFile } from 'node:fs/promises';
export const text = () => readFile(new URL('./text.txt', import.meta.url), 'utf8');
`,
  'lib/tools/deep/text.txt': 'from a file',
};

async function write(files: Record<string, string>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
}

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'bundle-')));
  await cp(join(fixtureRoot, 'package.json'), join(root, 'package.json'));
  // The builder's own compiler is too old to rewrite the path of an import() expression.
  await mkdir(join(root, 'node_modules'));
  await symlink(
    fileURLToPath(new URL('../../../node_modules/typescript', import.meta.url)),
    join(root, 'node_modules/typescript'),
  );
  const compilerOptions = { target: 'es2024', module: 'nodenext', rewriteRelativeImportExtensions: true };
  await write({ ...project, 'vercel.json': '{}', 'tsconfig.json': JSON.stringify({ compilerOptions }) });
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function answerOf(path: string): Promise<unknown> {
  const functions = await startFunctions({ root, port: 0, built: true, env: process.env });
  try {
    return await (await fetch(functions.origin + path)).json();
  } finally {
    await functions.close();
  }
}

test('a bundled function shares its state with what it imports later, and finds the files next to its tools', async () => {
  expect(await answerOf('/api/one')).toEqual({ told: 'one', count: 1, text: 'from a file', later: 2 });
});

test('a bundled function contains neither the sources nor what only other functions load', async () => {
  const handler = (await buildFunctions(root)).get('/api/two') ?? '';
  const folder = join(dirname(handler), '..');
  expect((await readdir(folder, { recursive: true })).filter((path) => path.startsWith('lib/'))).toEqual([
    'lib/count.js',
  ]);
});

test('building leaves nothing behind, and does not touch a JavaScript file of the project', async () => {
  await write({ 'lib/tools/own.js': 'export const own = 1;\n' });
  await buildFunctions(root);
  for (const path of ['lib/.bundle', 'lib/count.js', 'lib/tools/index.js'])
    expect(existsSync(join(root, path)), path).toBe(false);
  expect(existsSync(join(root, 'lib/tools/own.js'))).toBe(true);
});

test('a project that cannot be bundled says why, and is built from its sources', async () => {
  await write({
    'lib/tools/deep/tool.ts':
      'export const text = async () => String(import.meta.url.endsWith("tool.js"));\n',
  });
  expect(await bundleFunctions(root)).toEqual({
    failure: expect.stringContaining(
      "lib/tools/deep/tool.ts uses import.meta in another form than new URL('./file', import.meta.url)",
    ),
  });
  expect(existsSync(join(root, 'lib/count.js'))).toBe(false);
  expect(await answerOf('/api/one')).toMatchObject({ text: 'true', later: 2 });
});

test('a module with a syntax error is not bundled', async () => {
  await write({ 'lib/later.ts': 'export const again = (;\n' });
  expect(await bundleFunctions(root)).toEqual({ failure: expect.stringContaining('later.ts') });
});
