import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { watchSources } from '../../dev/watch-sources.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/project-copy.ts';

let root: string;
let changes: number;
let onChange: () => Promise<void>;

beforeEach(async () => {
  const folder = await temporaryFolder();
  root = folder.path;
  for (const path of ['api', 'lib/tools']) make(path);
  for (const path of ['api/mcp.ts', 'lib/tools/hello.ts', 'vercel.json']) write(path);
  changes = 0;
  onChange = async () => {};
  const watcher = watchSources(root, async () => {
    changes++;
    await onChange();
  });
  onTestFinished(async () => {
    watcher.close();
    await folder.remove();
  });
});

// As another process does it: no event is handled between two steps.
const write = (path: string) => writeFileSync(join(root, path), `${Math.random()}`);
const move = (from: string, to: string) => renameSync(join(root, from), join(root, to));
const remove = (path: string) => rmSync(join(root, path), { recursive: true });
const make = (path: string) => mkdirSync(join(root, path), { recursive: true });

/** Whether a change is reported, however many steps it takes. The last of them may be reported by itself. */
async function isReported(act: () => void): Promise<void> {
  const before = changes;
  act();
  await eventually(() => expect(changes).toBeGreaterThan(before));
  await sleep(150);
}

const saves: Record<string, (path: string) => void> = {
  'writes it': write,
  'replaces it with a new file': (path) => {
    write(`${path}.tmp`);
    move(`${path}.tmp`, path);
  },
  'moves the old file away and writes a new one': (path) => {
    move(path, `${path}~`);
    write(path);
  },
  'removes the old file and writes a new one': (path) => {
    remove(path);
    write(path);
  },
};

it.each(Object.keys(saves))('reports each time that an editor saves a file, if it %s', async (name) => {
  for (const path of ['lib/tools/hello.ts', 'vercel.json'])
    for (let time = 0; time < 3; time++) await isReported(() => saves[name]?.(path));
});

it('reports files in folders that are new, renamed or replaced', async () => {
  await isReported(() => make('lib/tools/a/b'));
  await isReported(() => write('lib/tools/a/b/c.ts'));
  await isReported(() => move('lib/tools/a', 'lib/tools/d'));
  await isReported(() => write('lib/tools/d/b/c.ts'));
  await isReported(() => remove('lib/tools/d/b/c.ts'));
  await isReported(() => {
    remove('lib');
    make('lib/tools');
  });
  await isReported(() => write('lib/tools/hello.ts'));
});

it('reports a folder of sources that was missing', async () => {
  await isReported(() => make('public'));
  await isReported(() => write('public/index.html'));
});

it('calls once more for what is saved during a call', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  onChange = () => promise;
  await isReported(() => write('lib/tools/hello.ts'));
  write('lib/tools/hello.ts');
  await sleep(300);
  expect(changes).toBe(1);
  await isReported(resolve);
});

it('does not report what bundlers and editors write, or files that are no sources', async () => {
  const paths = [
    ...['lib/tools/view.bundle.html', 'lib/tools/hello.js', 'lib/tools/.hello.ts.swp'],
    ...['lib/tools/hello.ts~', 'lib/tools/.#hello.ts', 'package.json', 'README.md'],
  ];
  for (const path of paths) write(path);
  await sleep(300);
  expect(changes).toBe(0);
});
