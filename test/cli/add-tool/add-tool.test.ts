import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addTool } from '../../../cli/add-tool/add-tool.ts';
import { withTool } from '../../../cli/add-tool/tool-list.ts';
import { copyProject, linkPackages, temporaryFolder, writeFiles } from '../../support/project-copy.ts';
import { typeErrors } from '../../support/type-check.ts';

const run = promisify(execFile);

describe('a tool that was added', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  const read = (path: string) => readFile(join(folder.path, path), 'utf8');
  const inside = (...args: string[]) => {
    const [command = '', ...rest] = args;
    return run(process.execPath, [join('node_modules', command), ...rest], { cwd: folder.path });
  };

  beforeAll(async () => {
    folder = await temporaryFolder();
    await copyProject(folder.path);
    await linkPackages(folder.path);
  });
  afterAll(() => folder?.remove());

  it('has a file, a line in the list and a test, as a command reports', async () => {
    const { stdout } = await run(
      process.execPath,
      ['cli/add-tool.ts', 'count_words', '--title', 'Count words'],
      {
        cwd: folder.path,
      },
    );
    expect(stdout).toContain(
      '+ lib/tools/count-words.ts\n+ test/lib/tools/count-words.test.ts\n+ lib/tools/index.ts',
    );
    expect(await read('lib/tools/count-words.ts')).toContain("title: 'Count words'");
    expect(await read('lib/tools/index.ts')).toContain('  countWords,\n];');
  });

  it('passes lint, types, its own test and the check that a deployment runs', async () => {
    const files = ['lib/tools', 'test/lib/tools'];
    await inside('@biomejs/biome/bin/biome', 'ci', ...files);
    // The tools and what they use: nothing else knows of a single tool.
    const aroundTools = { extends: './tsconfig.json', include: ['lib/tools', 'test/lib/tools'] };
    await writeFiles(folder.path, { 'tsconfig.tools.json': JSON.stringify(aroundTools) });
    expect(await typeErrors(folder.path, 'tsconfig.tools.json')).toEqual([]);
    const { stdout } = await inside('vitest/vitest.mjs', 'run', 'test/lib/tools/count-words.test.ts');
    expect(stdout).toContain('2 passed, 0 failed');
    await run(process.execPath, ['dev/check.ts'], { cwd: folder.path });
  }, 300_000);

  it('is not added twice, and nothing else is overwritten', async () => {
    const before = [await read('lib/tools/index.ts'), await read('lib/tools/count-words.ts')];
    await expect(addTool(folder.path, ['count_words'])).rejects.toThrow('already');
    await expect(addTool(folder.path, ['whoami'])).rejects.toThrow('already');
    expect([await read('lib/tools/index.ts'), await read('lib/tools/count-words.ts')]).toEqual(before);
  });

  it.each<[string, string[], string]>([
    ['no name', [], 'needs a name'],
    ['a name in another style', ['countWords'], 'not the name'],
    ['two names', ['count', 'words'], 'not the name'],
    ['a path', ['../x'], 'not the name'],
    ['a name of 65 characters', ['x'.repeat(65)], 'not the name'],
    ['a word of the language', ['delete'], 'word of the language'],
    ['an unknown scope', ['count', '--scopes', 'everything'], 'no scope everything'],
    ['an unknown option', ['count', '--scope', 'mcp:read'], '--scope'],
    ['a title that would end its text', ['count', '--title', "a'b"], 'title'],
  ])('is refused with %s', async (_, args, named) => {
    const before = await read('lib/tools/index.ts');
    await expect(addTool(folder.path, args)).rejects.toThrow(named);
    expect(await read('lib/tools/index.ts')).toBe(before);
  });
});

describe('the list with one tool more', () => {
  const names = { name: 'b', variable: 'b', file: 'b', title: 'B' };

  it.each<[string, string, string]>([
    [
      'in alphabetical order',
      "import { a } from './a.ts';\nimport { c } from './c.ts';\n\nexport const features = [a, c];\n",
      "import { a } from './a.ts';\nimport { b } from './b.ts';\nimport { c } from './c.ts';\n\nexport const features = [a, c, b];\n",
    ],
    [
      'after the last import',
      "import type { F } from '../f.ts';\n\nexport const features: readonly F[] = [];\n",
      "import type { F } from '../f.ts';\nimport { b } from './b.ts';\n\nexport const features: readonly F[] = [b];\n",
    ],
    [
      'on a line of its own',
      "import { a } from './a.ts';\n\nexport const features = [\n  a,\n];\n",
      "import { a } from './a.ts';\nimport { b } from './b.ts';\n\nexport const features = [\n  a,\n  b,\n];\n",
    ],
  ])('has it %s', (_, before, after) => {
    expect(withTool(before, names)).toBe(after);
  });

  it('cannot be made of a file without a list', () => {
    expect(() => withTool('export const tools = [];\n', names)).toThrow('no list');
  });
});
