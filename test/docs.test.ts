import { execFile } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { usage as adminUsage } from '../cli/admin/arguments.ts';
import { usage as doctorUsage } from '../cli/doctor/arguments.ts';
import { usage as setupUsage } from '../cli/setup/arguments.ts';
import { usage as verifyUsage } from '../cli/verify/arguments.ts';
import { usage as startUsage } from '../dev/start-options.ts';
import { usage as soakUsage } from './soak/options.ts';
import { copyProject, linkPackages, temporaryFolder, writeFiles } from './support/project-copy.ts';
import { typeErrorsByCopy } from './support/type-check.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Without the changelog, which also names what is gone, and a report that `npm run verify` left here. */
const documents = globSync(['*.md', 'docs/*.md', '.github/*.md'], { cwd: root }).filter(
  (document) => document !== 'CHANGELOG.md' && document !== 'verification.md',
);
const read = (document: string) => readFileSync(join(root, document), 'utf8');

/** Their code needs packages that are not installed here. */
const needsMore = new Set(['docs/operating.md']);

/** A Markdown text without its code blocks. */
const prose = (markdown: string) => markdown.replace(/^```[\s\S]*?^```$/gm, '');

/** Complete files among the code blocks: those whose first line names them. */
const filesIn = (markdown: string) =>
  [...markdown.matchAll(/^```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)^```$/gm)].map(([, path = '', code = '']) => ({
    path,
    code,
  }));

/** Anchors as GitHub makes them from headings. */
const anchorsOf = (markdown: string) =>
  [...prose(markdown).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

const isUrl = (target: string) => /^[a-z]+:/.test(target);

const folders = ['api', 'lib', 'dev', 'cli', 'bench', 'test', 'docs', 'public', '.github'];

/** Whether inline code is a path in this repository: below one of its folders, or a file at its root. */
function isPath(code: string): boolean {
  const [first = '', ...rest] = code.split('/');
  return (
    /^[\w./-]+$/.test(code) &&
    (rest.length ? folders.includes(first) : /^\w[\w-]*\.(?:json|ts|md)$/.test(code))
  );
}

const usages = {
  'run admin': adminUsage,
  'run setup': setupUsage,
  'run doctor': doctorUsage,
  'run soak': soakUsage,
  'run verify': verifyUsage,
  start: startUsage,
};

describe.each(documents)('%s', (document) => {
  const text = prose(read(document));

  it('gives commands the flags that they have', () => {
    const commands = read(document).matchAll(
      /npm (run admin|run setup|run doctor|run soak|run verify|start) -- ([^`\n]*)/g,
    );
    const unknown = [...commands].flatMap(([, command = '', args = '']) =>
      [...args.matchAll(/(?<=^|\s)--[\w-]+/g)]
        .filter(([flag]) => !usages[command as keyof typeof usages].includes(`${flag} `))
        .map(([flag]) => `npm ${command} -- ${flag}`),
    );
    expect(unknown).toEqual([]);
  });

  it('links to what exists', () => {
    const links = [...text.matchAll(/(?:\]\(|(?:src|href)=")([^)"\s]+)/g)].map(([, target = '']) => target);
    const broken = links.filter((target) => {
      if (isUrl(target)) return false;
      const [path = '', anchor] = target.split('#');
      const file = path ? join(dirname(document), path) : document;
      if (!existsSync(join(root, file))) return true;
      return anchor !== undefined && !anchorsOf(read(file)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('names files and folders that exist', () => {
    const own = new Set(filesIn(read(document)).map(({ path }) => path));
    const named = [...text.matchAll(/`([^`\s]+)`/g)].map(([, code = '']) => code).filter(isPath);
    expect(named.filter((path) => !own.has(path) && !existsSync(join(root, path)))).toEqual([]);
  });

  it('labels a link to a file with the path of that file', () => {
    const labelled = [...text.matchAll(/\[`([^`\s]+\.\w+)`\]\(([^)\s#]+)/g)];
    const wrong = labelled.filter(
      ([, label = '', target = '']) => join(dirname(document), target) !== label && !isUrl(target),
    );
    expect(wrong.map(([link]) => link)).toEqual([]);
  });
});

describe('the "Where is …?" table in docs/architecture.md', () => {
  const [, table = ''] = read('docs/architecture.md').split('## Where is …?\n');
  const rows = [...(table.split('\n## ')[0] ?? '').matchAll(/^\| (?!looking for|---)([^|*]+) \| (.+) \|$/gm)];

  const terms = `PKCE, resource indicator, \`iss\`, \`state\`, consent, authorization code, refresh grant, access token,
    revocation, DCR, CIMD, redirect URI matching, loopback ports, elicitation, step-up, session recovery, resumability,
    cancellation, rate limits, sealing keys, CORS, origin check, prune, health, add a tool, add a scope`;

  it.each(terms.split(/,\s+/))('lists %s', (term) => {
    expect(rows.map(([, subject]) => subject)).toContainEqual(expect.stringContaining(term));
  });

  it('names at least one source file in each row', () => {
    const without = rows.filter(([, , where = '']) => !/\]\(\.\.\/(?:api|lib)\/[\w/.-]+\.ts\)/.test(where));
    expect(without.map(([row]) => row)).toEqual([]);
  });
});

describe('the files in each document compile', () => {
  const withFiles = documents.filter(
    (document) => filesIn(read(document)).length && !needsMore.has(document),
  );
  let errors: Map<string, string[]>;

  beforeAll(async () => {
    const { path, remove } = await temporaryFolder();
    try {
      for (const document of withFiles) await overlay(root, join(path, document), filesIn(read(document)));
      const files = withFiles.map((document) => {
        const paths = filesIn(read(document)).map((file) => file.path);
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
  const files = [...filesIn(read('docs/writing-tools.md')), ...filesIn(read('docs/testing-tools.md'))];
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
}, 120_000);

it('the tests that docs/security.md names exist', () => {
  const named = [...read('docs/security.md').matchAll(/\]\(\.\.\/(test\/[\w/.-]+)\)((?:,? “[^”]+”)*)/g)];
  const missing = named.flatMap(([, path = '', names = '']) => {
    const source = read(path);
    return [...names.matchAll(/“([^”]+)”/g)]
      .map(([, name = '']) => name)
      .filter((name) => !source.includes(name));
  });
  expect(named.length).toBeGreaterThan(0);
  expect(missing).toEqual([]);
});

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
