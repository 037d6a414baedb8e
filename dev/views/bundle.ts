import { createHash } from 'node:crypto';
import { glob, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Plugin } from 'esbuild';
import { z } from 'zod';
import { bundle } from './esbuild.ts';

/** What an author writes. */
const sourceName = 'view.html';

/** What is served: the same document with everything inside it. */
export const documentName = 'view.bundle.html';

/** The tags that name a file. Those with a URL stay: the view's policy may allow them. */
const stylesheetTag = /<link\s[^>]*href="(?![a-z]+:|\/\/)([^"]+)"[^>]*>/g;
const scriptTag = /<script\s[^>]*src="(?![a-z]+:|\/\/)([^"]+)"[^>]*>\s*<\/script>/g;

/**
 * Bundles the view of each folder below `lib/tools/` that has a `view.html` into one document, `view.bundle.html`. Views
 * that have not changed are not bundled again.
 *
 * @param root the folder of the project.
 * @returns the paths of the documents, relative to the root.
 * @throws Error if a view cannot be bundled. The message names its folder.
 */
export async function bundleViews(root: string): Promise<string[]> {
  const sources: string[] = [];
  for await (const path of glob(`lib/tools/**/${sourceName}`, { cwd: root })) sources.push(path);
  return Promise.all(sources.sort().map((source) => bundleView(root, dirname(source))));
}

async function bundleView(root: string, folder: string): Promise<string> {
  const document = join(folder, documentName);
  if (await isCurrent(root, document)) return document;
  const source = join(root, folder, sourceName);
  const inputs: Inputs = new Map();
  try {
    let html = await readFile(source, 'utf8');
    inputs.set(source, sha256(html));
    html = await replaceTags(html, stylesheetTag, async (href) => {
      const css = await bundleFile(root, join(root, folder, href), inputs);
      return `<style>\n${css.trim()}\n</style>`;
    });
    html = await replaceTags(html, scriptTag, async (src) => {
      const script = await bundleFile(root, join(root, folder, src), inputs);
      return `<script type="module">\n${script.trim()}\n</script>`;
    });
    await replaceFile(join(root, document), html);
    await keepRecord(root, document, html, inputs);
  } catch (error) {
    throw new Error(`The view in ${folder} cannot be bundled: ${(error as Error).message}`);
  }
  return document;
}

async function replaceTags(
  html: string,
  tag: RegExp,
  replacement: (path: string) => Promise<string>,
): Promise<string> {
  const replaced: string[] = [];
  for (const [, path = ''] of html.matchAll(tag)) replaced.push(await replacement(path));
  return html.replace(tag, () => replaced.shift() ?? '');
}

/** A script or stylesheet with all that it imports, minified. Adds the files that it is made of to `inputs`. */
async function bundleFile(root: string, entry: string, inputs: Inputs): Promise<string> {
  const { outputFiles } = await bundle({
    absWorkingDir: root,
    entryPoints: [entry],
    minify: true,
    charset: 'utf8',
    loader: { '.svg': 'dataurl', '.png': 'dataurl', '.woff2': 'dataurl' },
    plugins: [englishOnly, hashed(inputs)],
  });
  return outputFiles[0]?.text ?? '';
}

/** Leaves out zod's error messages in 50 languages: 260 KB that a view does not show. */
const englishOnly: Plugin = {
  name: 'english only',
  setup: ({ onLoad }) => {
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    }));
  },
};

/** The files that a document is made of, by their absolute paths, and the hash of what was read from each. */
type Inputs = Map<string, string>;

/** Adds the files that go into a bundle to `inputs`. A file that changes meanwhile must not count as read. */
const hashed = (inputs: Inputs): Plugin => ({
  name: 'hashed',
  setup: ({ onLoad }) => {
    onLoad({ filter: /./, namespace: 'file' }, async ({ path }) => {
      const contents = await readFile(path);
      inputs.set(path, sha256(contents));
      return { contents, loader: 'default' };
    });
  },
});

/** The hashes of the files that a document was made of, and its own. */
const record = z.object({ inputs: z.record(z.string(), z.string()), document: z.string() });

const recordOf = (root: string, document: string) =>
  join(root, 'node_modules/.cache/views', `${sha256(join(root, document))}.json`);

async function isCurrent(root: string, document: string): Promise<boolean> {
  try {
    const { inputs, document: hash } = record.parse(
      JSON.parse(await readFile(recordOf(root, document), 'utf8')),
    );
    if ((await hashOf(join(root, document))) !== hash) return false;
    const unchanged = Object.entries(inputs).map(
      async ([path, before]) => (await hashOf(join(root, path))) === before,
    );
    return (await Promise.all(unchanged)).every(Boolean);
  } catch {
    return false;
  }
}

async function keepRecord(root: string, document: string, html: string, read: Inputs): Promise<void> {
  const inputs: Record<string, string> = {};
  for (const [path, hash] of read) inputs[relative(root, path)] = hash;
  // A different bundler or other options make another document, too.
  inputs[relative(root, import.meta.filename)] = await hashOf(import.meta.filename);
  const file = recordOf(root, document);
  await mkdir(dirname(file), { recursive: true });
  await replaceFile(file, JSON.stringify({ inputs, document: sha256(html) }));
}

/** Writes a file at once, because other processes may bundle or read it at the same time. */
async function replaceFile(path: string, text: string): Promise<void> {
  const unfinished = `${path}.${process.pid}.tmp`;
  await writeFile(unfinished, text);
  await rename(unfinished, path);
}

const hashOf = async (path: string) => sha256(await readFile(path));
const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
