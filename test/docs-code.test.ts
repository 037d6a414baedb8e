import { execFile } from 'node:child_process';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { documents, filesIn } from './support/documents.ts';
import { copyProject, linkPackages, temporaryFolder, writeFiles } from './support/project-copy.ts';
import { typeErrorsByCopy } from './support/type-check.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Their code needs packages that are not installed here. */
const needsMore = new Set(['docs/operating.md']);

describe('the files in each document compile', () => {
  const withFiles = documents.filter((document) => filesIn(document).length && !needsMore.has(document));
  let errors: Map<string, string[]>;

  beforeAll(async () => {
    const { path, remove } = await temporaryFolder();
    try {
      for (const document of withFiles) await overlay(root, join(path, document), filesIn(document));
      const files = withFiles.map((document) => {
        const paths = filesIn(document).map((file) => file.path);
        // What extensions add to `Call` is known where they are registered.
        return [document, [...paths, 'lib/mcp/extensions/registered.ts']] as const;
      });
      errors = await typeErrorsByCopy(path, new Map(files));
    } finally {
      await remove();
    }
  });

  it.each(withFiles)('%s', (document) => {
    expect(errors.get(document)).toEqual([]);
  });
});

it('the tests in docs/testing-tools.md pass, with the tools of docs/writing-tools.md', async () => {
  const folder = await temporaryFolder();
  onTestFinished(folder.remove);
  await copyProject(folder.path);
  await linkPackages(folder.path);
  const files = [...filesIn('docs/writing-tools.md'), ...filesIn('docs/testing-tools.md')];
  // The kit's example is about the tools that ship; those of the guide replace them in a second run.
  const tests = files.filter(({ path }) => path.startsWith('test/'));
  const run = (paths: string[]) =>
    promisify(execFile)(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...paths], {
      cwd: folder.path,
    }).catch(({ stdout }) => expect.fail(stdout));
  await writeFiles(folder.path, Object.fromEntries(tests.map(({ path, code }) => [path, code])));
  const ofTheKit = tests.filter(({ code }) => code.includes('/kit/'));
  await run(ofTheKit.map(({ path }) => path));
  await writeFiles(folder.path, Object.fromEntries(files.map(({ path, code }) => [path, code])));
  const others = tests.filter((each) => !ofTheKit.includes(each));
  expect([ofTheKit.length, others.length]).toEqual([1, 1]);
  await run(others.map(({ path }) => path));
}, 300_000);

/** The repository with some files replaced and added; everything else is a link. */
async function overlay(source: string, target: string, files: { path: string; code: string }[]) {
  const here = new Map(files.map(({ path, code }) => [path, code]));
  const below = (name: string) =>
    files
      .filter(({ path }) => path.startsWith(`${name}/`))
      .map(({ path, code }) => ({ path: path.slice(name.length + 1), code }));
  const existing = await readdir(source).catch(() => []);
  const names = new Set([...existing, ...files.map(({ path }) => path.split('/')[0] ?? '')]);
  await mkdir(target, { recursive: true });
  for (const name of names) {
    const [from, to] = [join(source, name), join(target, name)];
    const code = here.get(name);
    if (code !== undefined) await writeFile(to, code);
    else if (below(name).length) await overlay(from, to, below(name));
    else if (!/^\.|^tsconfig/.test(name)) await symlink(from, to);
  }
}
