import { execFile } from 'node:child_process';
import { appendFile, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyProject, linkPackages, temporaryFolder, writeFiles } from './support/project-copy.ts';

const guide = await readFile(fileURLToPath(new URL('../docs/upgrading.md', import.meta.url)), 'utf8');

/** The commands that docs/upgrading.md gives under a heading, in their order. */
function documented(heading: string): string[] {
  const [, section = ''] = guide.split(new RegExp(`^#+ ${heading}$`, 'm'));
  const [own = ''] = section.split(/^#/m);
  return [...own.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, commands = '']) => commands);
}

const [addTemplate = ''] = documented('Prepare your clone');
const [recordExactBase = '', recordBaseByDate = ''] = documented('If your clone has no shared history');
const [upgrade = ''] = documented('Upgrade');
const [keepDeleted = ''] = documented('Resolve conflicts');
const [check = ''] = documented('Check the result');
const [exampleTree = ''] = documented("The template's own tests");

/** Commands whose Git knows nothing of this machine's settings, nor of the repository whose hook may run the tests. */
const env = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'))),
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  // The type checker spends a quarter of its time on collecting garbage.
  GOGC: 'off',
  ...{ GIT_AUTHOR_NAME: 'Test', GIT_AUTHOR_EMAIL: 'test@example.com' },
  ...{ GIT_COMMITTER_NAME: 'Test', GIT_COMMITTER_EMAIL: 'test@example.com' },
};

/** Runs shell commands up to the first that fails. */
async function run(cwd: string, commands: string): Promise<{ code: number; output: string }> {
  const ran = promisify(execFile)('bash', ['-ec', commands], { cwd, env, maxBuffer: 10_000_000 });
  return ran.then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
    ({ code, stdout, stderr }) => ({ code, output: stdout + stderr }),
  );
}

async function succeed(cwd: string, commands: string): Promise<string> {
  const { code, output } = await run(cwd, commands);
  expect(code, `${commands}\n${output}`).toBe(0);
  return output;
}

/** Commits everything, on a day of its own: the order of commits must not depend on this machine's speed. */
const commit = (cwd: string, message: string) =>
  succeed(
    cwd,
    `git add --all
export GIT_COMMITTER_DATE=2026-01-${String(++day).padStart(2, '0')}T00:00:00Z
git commit --quiet -m '${message}'`,
  );
let day = 0;
const read = (root: string, path: string) => readFile(join(root, path), 'utf8');

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let template = '';
beforeAll(async () => {
  folder = await temporaryFolder();
  template = join(folder.path, 'template');
  await copyProject(template);
  await succeed(template, 'git init --quiet --initial-branch main');
  await commit(template, 'Today');
});
afterAll(() => folder?.remove());

const rollDice = `import { randomInt } from 'node:crypto';
import { defineTool } from '../mcp/define/tool.ts';

export const rollDice = defineTool({
  name: 'roll_dice',
  title: 'Roll dice',
  description: 'Rolls a die.',
  scopes: ['dice:roll'],
  annotations: { readOnlyHint: true },
  handler: () => String(randomInt(1, 7)),
});
`;

const rollDiceTest = `import { expect, it } from 'vitest';
import { accessToken } from '../../support/access-token.ts';
import { modern, poster, textOf } from '../../support/mcp-request.ts';
import { useStack } from '../../support/stack.ts';

const stack = useStack();

it('rolls for whoever holds its scope', async () => {
  const post = poster(stack(), await accessToken(stack(), { scope: 'dice:roll' }));
  const answer = await post(...modern('tools/call', { name: 'roll_dice', arguments: {} }));
  expect(textOf(answer)).toMatch(/^[1-6]$/);
});

it('is on the front page with the rest', async () => {
  const page = await (await fetch(stack().serverUrl, { headers: { accept: 'text/html' } })).text();
  expect(page).toContain('roll_dice');
  expect(page).not.toContain('search_notes');
  expect(page).not.toContain('fresh_example');
});
`;

/** What somebody makes of their clone: a tool, a scope and a page of their own, one example changed, one deleted. */
async function makeItTheirs(clone: string): Promise<void> {
  const list = await read(clone, 'lib/tools/index.ts');
  const scopes = await read(clone, 'lib/scopes.ts');
  const whoami = await read(clone, 'lib/tools/whoami.ts');
  const manifest = await read(clone, 'package.json');
  await writeFiles(clone, {
    'lib/tools/roll-dice.ts': rollDice,
    'lib/tools/index.ts': list
      .replace(/import \{ searchNotes \}.*\n/, "import { rollDice } from './roll-dice.ts';\n")
      .replace('searchNotes,', 'rollDice,'),
    'lib/tools/whoami.ts': whoami.replace("title: 'Who am I?'", "title: 'My account'"),
    'lib/scopes.ts': scopes.replace(/^\} as const/m, "  'dice:roll': 'Roll dice',\n} as const"),
    'public/terms.html': '<!doctype html><title>Terms</title>\n',
    'public/robots.txt': 'User-agent: *\nDisallow: /dice\n',
    'README.md': '# Dice\n',
    'package.json': manifest.replace('"scripts": {', '"scripts": {\n    "roll": "echo 6",'),
    'test/lib/tools/roll-dice.test.ts': rollDiceTest,
  });
  await rm(join(clone, 'lib/tools/search-notes.ts'));
  await rm(join(clone, 'test/lib/tools/notebook.test.ts'));
  await commit(clone, 'Roll dice');
}

const laterTest = `import { expect, it } from 'vitest';
import { later } from '../../lib/origin.ts';

it('has what came later', () => {
  expect(later).toBe(1);
});
`;

/** A later version: the engine, its tests and most of what the clone has changed as well. */
async function publishLaterVersion(): Promise<void> {
  await appendFile(
    join(template, 'lib/origin.ts'),
    '\n/** From a later version. */\nexport const later = 1;\n',
  );
  for (const tool of ['add-note', 'search-notes', 'whoami'])
    await appendFile(join(template, `lib/tools/${tool}.ts`), '\n// A later version.\n');
  const example = (await read(template, 'lib/tools/server-status.ts')).replace(
    'server_status',
    'fresh_example',
  );
  const list = await read(template, 'lib/tools/index.ts');
  const scopes = await read(template, 'lib/scopes.ts');
  const manifest = await read(template, 'package.json');
  await writeFiles(template, {
    'lib/tools/fresh-example.ts': example.replace('serverStatus', 'freshExample'),
    'lib/tools/index.ts': list
      .replace('import { whoami }', "import { freshExample } from './fresh-example.ts';\nimport { whoami }")
      .replace('  searchNotes,', '  searchNotes,\n  freshExample,'),
    'lib/scopes.ts': scopes.replace(/^\} as const/m, "  'mcp:later': 'Do more',\n} as const"),
    'public/robots.txt': 'User-agent: later\nDisallow:\n',
    'README.md': '# A later version\n',
    'package.json': manifest.replace(/"version": "[^"]+"/, '"version": "99.0.0"'),
    'test/lib/later.test.ts': laterTest,
  });
  await appendFile(join(template, 'test/lib/tools/notebook.test.ts'), '\n// A later version.\n');
  await commit(template, 'Later');
}

/** The paths that a merge could not resolve, with Git's two letters. */
async function conflicts(clone: string): Promise<string[]> {
  const status = await succeed(clone, 'git status --short');
  return status.split('\n').filter((line) => /^(DD|AU|UD|UA|DU|AA|UU) /.test(line));
}

const prepare = (commands: string) => commands.replace(/https:\S+/, template);

/** Today's files without their history. */
const copyFiles = (clone: string) =>
  succeed(folder.path, `git clone --quiet template ${clone} && rm -r ${clone}/.git`);

const clones = [
  {
    way: 'git clone',
    make: (clone: string) => succeed(folder.path, `git clone --quiet template ${clone}`),
    record: '',
  },
  {
    way: '"Use this template"',
    make: async (clone: string) => {
      await copyFiles(clone);
      await succeed(clone, 'git init --quiet --initial-branch main');
      await commit(clone, 'Initial commit');
    },
    record: recordExactBase,
  },
  {
    way: 'a copy that was changed first',
    make: async (clone: string) => {
      await copyFiles(clone);
      await writeFiles(clone, { LICENSE: 'All rights reserved.\n' });
      await succeed(clone, 'git init --quiet --initial-branch main');
      await commit(clone, 'Initial commit');
    },
    record: recordExactBase.replace(/^git merge/m, `test -z "$base"\n${recordBaseByDate}git merge`),
  },
];

it('the guide has the commands that are tested here', () => {
  const all = [addTemplate, recordExactBase, recordBaseByDate, upgrade, keepDeleted, check, exampleTree];
  expect(all.map((commands) => commands.length > 0)).toEqual(all.map(() => true));
});

describe('the commands of docs/upgrading.md', () => {
  const cloneOf = (index: number) => join(folder.path, `clone-${index}`);

  beforeAll(async () => {
    for (const [index, { make }] of clones.entries()) {
      await make(cloneOf(index));
      await makeItTheirs(cloneOf(index));
    }
    await publishLaterVersion();
  });

  it.each(clones.map(({ way, record }, index) => ({ way, record, index })))(
    'upgrade a clone made by $way: no conflict but a deleted example',
    async ({ record, index }) => {
      const clone = cloneOf(index);
      await succeed(clone, prepare(addTemplate));
      if (record) {
        expect((await run(clone, 'git merge-base HEAD template/main')).output).toBe('');
        const before = await succeed(clone, 'git rev-parse HEAD^{tree}');
        await succeed(clone, record);
        expect(await succeed(clone, 'git rev-parse HEAD^{tree}')).toBe(before);
      }
      expect((await run(clone, upgrade)).code).toBe(1);
      expect(await conflicts(clone)).toEqual([
        'DU lib/tools/search-notes.ts',
        'DU test/lib/tools/notebook.test.ts',
      ]);
      await succeed(clone, keepDeleted);
      expect(await succeed(clone, 'git status --short')).toBe('');
    },
  );

  it.each(clones.map((_, index) => index))(
    'keep what is theirs and bring the rest: clone %i',
    async (index) => {
      const clone = cloneOf(index);
      const changed = await succeed(clone, 'git diff --name-only main HEAD');
      expect(changed.trim().split('\n')).toEqual([
        'lib/origin.ts',
        'lib/tools/add-note.ts',
        'lib/tools/fresh-example.ts',
        'package.json',
        'test/lib/later.test.ts',
      ]);
      const manifest = JSON.parse(await read(clone, 'package.json'));
      expect(manifest).toMatchObject({ version: '99.0.0', scripts: { roll: 'echo 6' } });
    },
  );

  it('leave a clone that passes lint, type check and tests', async () => {
    const clone = cloneOf(0);
    await linkPackages(clone);
    const [, lintAndTypes = '', tests = ''] = check.split('\n');
    await succeed(clone, lintAndTypes);
    // Without the one that takes long and does not depend on what the clone changed. One worker loads the server once.
    const quick = tests.replace('test/own-server.test.ts', '--maxWorkers 1 test/lib/later.test.ts');
    const output = await succeed(clone, quick);
    for (const file of ['lib/tools/roll-dice', 'lib/later', 'lib/scopes'])
      expect(output).toContain(`test/${file}.test.ts`);
  }, 300_000);

  it('give the engine its example back in a second working tree', async () => {
    await succeed(cloneOf(0), exampleTree);
    const difference = await succeed(
      join(folder.path, 'engine'),
      'git diff --name-only template/main -- api cli dev lib public test vercel.json',
    );
    expect(difference).toBe('');
  });

  it('upgrade again, without a conflict', async () => {
    await appendFile(join(template, 'lib/origin.ts'), '\nexport const evenLater = 2;\n');
    await commit(template, 'Even later');
    for (const index of clones.keys()) {
      const clone = cloneOf(index);
      await succeed(clone, 'git switch --quiet main && git merge --no-ff upgrade && git branch -d upgrade');
      await succeed(clone, upgrade);
      expect(await read(clone, 'lib/origin.ts')).toContain('evenLater = 2');
      expect(await read(clone, 'README.md')).toBe('# Dice\n');
    }
  });

  it('leave merges of their own branches as they are: what overlaps is a conflict, nothing is dropped', async () => {
    const clone = cloneOf(0);
    for (const branch of ['one', 'other']) {
      await succeed(clone, `git switch --quiet --create ${branch} main`);
      await appendFile(join(clone, 'lib/tools/index.ts'), `// ${branch}\n`);
      await commit(clone, branch);
    }
    expect((await run(clone, 'git merge one')).code).toBe(1);
    expect(await conflicts(clone)).toEqual(['UU lib/tools/index.ts']);
  });
});
