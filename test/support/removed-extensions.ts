import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../..', import.meta.url));
const rooms = ['lib/mcp/extensions', 'lib/oauth/extensions'];

/** The lists of extensions, of the tools that their tests call, and of tools. */
export const lists: readonly string[] = [
  ...rooms.map((room) => `${room}/registered.ts`),
  'test/mcp-server/features/of-extensions.ts',
  'lib/tools/index.ts',
];

/** The folders of all extensions. */
export const extensionFolders: readonly string[] = rooms.flatMap((room) =>
  readdirSync(join(project, room), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${room}/${name}`),
);

const guide = readFileSync(join(project, 'docs/making-it-yours.md'), 'utf8');
const [, chapter = ''] = /^## Removing an extension\n([\s\S]*?)^## /m.exec(guide) ?? [];

/** What the guide says to delete for each extension, by the extension's folder. */
export const removals: ReadonlyMap<string, readonly string[]> = new Map(
  [...chapter.matchAll(/^\| .+ \| (`.+`) \| (`.+`) \|$/gm)].map(([, code, tests]) => {
    const paths = [...`${code} ${tests}`.matchAll(/`([^`]+?)\/?`/g)].map(([, path = '']) => path);
    return [paths[0] ?? '', paths];
  }),
);

/** Removes extensions from a copy of the project, as the guide says. */
export async function removeExtensions(root: string, folders: readonly string[]): Promise<void> {
  const paths = new Set(folders.flatMap((folder) => removals.get(folder) ?? []));
  for (const path of paths) await rm(join(root, path), { recursive: true });
  for (const list of lists) {
    const file = join(root, list);
    const lines = (await readFile(file, 'utf8')).split('\n');
    const names: string[] = [];
    const kept = lines.filter((line) => {
      const [, name = '', path] = /^(?:export|import) (.*) from '(.+)';$/.exec(line) ?? [];
      if (path === undefined || existsSync(join(dirname(file), path))) return true;
      names.push(name.replace(/[{} ]/g, ''));
      return false;
    });
    const remaining = kept.filter((line) => !names.includes(line.replace(/[ ,]/g, '')));
    await writeFile(file, remaining.join('\n'));
  }
}
