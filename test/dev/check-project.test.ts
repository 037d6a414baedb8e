import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkProject, formatProblem } from '../../dev/check-project.ts';
import { copyProject, linkPackages, temporaryFolder, writeFiles } from '../support/project-copy.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));

/** A tool's file, with some of its lines replaced. */
const tool = (name: string, annotations = 'annotations: { readOnlyHint: true },') => `
import { defineTool } from '../mcp/define/tool.ts';

export const mine = defineTool({
  name: '${name}',
  title: 'Mine',
  description: 'Mine.',
  scopes: ['mcp:read'],
  ${annotations}
  handler: () => 'x',
});
`;

const index = `
import { mine } from './mine.ts';
import { whoami } from './whoami.ts';

export const features = [whoami, mine];
`;

it('this project loads, and its list of features is valid', async () => {
  expect((await checkProject(project, process.env)).map(formatProblem).join('\n\n')).toBe('');
});

describe('a tool that was saved → what is wrong with it, with file and line', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  beforeAll(async () => {
    folder = await temporaryFolder();
    await copyProject(folder.path, ['api', 'lib', 'package.json']);
    await linkPackages(folder.path);
  });
  afterAll(() => folder?.remove());

  it.each<[string, string, { line?: number; problem: RegExp; fix: RegExp; file?: string }]>([
    [
      'a syntax error',
      tool('mine', 'annotations: { readOnlyHint: true'),
      { line: 9, problem: /^Expected/, fix: /syntax here or just above/ },
    ],
    [
      'an enum',
      `enum Color { Red }\n${tool('mine')}`,
      { line: 1, problem: /enum is not supported/, fix: /Types are erased/ },
    ],
    [
      'an import of a file that does not exist',
      `${tool('mine')}import { x } from './nowhere.ts';\n`,
      { line: 11, problem: /^Cannot find lib\/tools\/nowhere.ts\.$/, fix: /end in \.ts/ },
    ],
    [
      'an import of a package that is not installed',
      `import x from 'not-installed';\n${tool('mine')}`,
      { line: 1, problem: /package not-installed/, fix: /npm install not-installed/ },
    ],
    [
      'an import of a name that does not exist',
      `import { nothing } from './whoami.ts';\n${tool('mine')}`,
      { line: 1, problem: /does not provide an export named 'nothing'/, fix: /correct the import/ },
    ],
    [
      'a renamed export',
      tool('mine').replace('mine =', 'renamed ='),
      { file: 'lib/tools/index.ts', line: 2, problem: /named 'mine'/, fix: /Export it there/ },
    ],
    [
      'code that throws while it loads',
      `${tool('mine')}\nJSON.parse('{');\n`,
      { line: 12, problem: /^SyntaxError: Expected property name/, fix: /throws while it loads/ },
    ],
    [
      'a name that is taken',
      tool('whoami'),
      { line: 3, problem: /^tool whoami: .*at line \d+ of whoami\.ts/, fix: /Rename/ },
    ],
    ['a name that is too long', tool('x'.repeat(65)), { line: 3, problem: /65 characters/, fix: /shorter/ }],
    [
      'no hints',
      tool('mine', ''),
      { line: 3, problem: /^tool mine: It has no hints/, fix: /readOnlyHint: true/ },
    ],
    [
      'an unknown scope',
      tool('mine').replace('mcp:read', 'mine:read'),
      { line: 3, problem: /scope mine:read/, fix: /lib\/scopes\.ts/ },
    ],
  ])('%s', async (_, source, { file = 'lib/tools/mine.ts', ...expected }) => {
    await writeFiles(folder.path, { 'lib/tools/mine.ts': source.trimStart(), 'lib/tools/index.ts': index });
    expect(await checkProject(folder.path, process.env)).toEqual([
      {
        file,
        line: expected.line,
        problem: expect.stringMatching(expected.problem),
        fix: expect.stringMatching(expected.fix),
      },
    ]);
  });

  it('a file that ends the process is reported as well', async () => {
    const source = `console.error('No key.');\nprocess.exit(1);\n${tool('mine')}`;
    await writeFiles(folder.path, { 'lib/tools/mine.ts': source, 'lib/tools/index.ts': index });
    const [problem, ...others] = await checkProject(folder.path, process.env);
    expect(problem?.problem).toMatch(/ends or does not load[\s\S]*No key\./);
    expect(others).toEqual([]);
  });
});

it('control characters of a message do not reach the terminal', () => {
  const problem = { file: 'a.ts', line: 3, problem: 'Bad \u001b[31m name', fix: 'Rename it.' };
  expect(formatProblem(problem)).toBe('a.ts:3\n  Bad  [31m name\n  Rename it.');
});
