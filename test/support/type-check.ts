import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { copyProject, linkPackages, writeFiles } from './project-copy.ts';

const compiler = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));

/**
 * The errors that the type checker finds in a project, each as `path(line,column): error …`.
 *
 * @param root the folder that paths are relative to.
 * @param config the configuration in it.
 */
export async function typeErrors(root: string, config = 'tsconfig.json'): Promise<string[]> {
  const args = [compiler, '--project', config, '--noEmit', '--pretty', 'false', '--singleThreaded'];
  // Each further thread checks most types again. Collecting garbage costs a quarter more, and saves little memory.
  const env = { ...process.env, GOGC: 'off' };
  const checked = promisify(execFile)(process.execPath, args, { cwd: root, env, maxBuffer: 10_000_000 });
  const output = await checked.then(
    () => '',
    ({ stdout, stderr, message }) => stdout || stderr || message,
  );
  // Indented lines continue an error.
  return output.split(/\n(?! )/).filter(Boolean);
}

/**
 * The errors in each of several copies of the project. Checked together, they share the types of the packages, which are
 * most of them. An error that is in none of the copies counts for all.
 *
 * @param root the folder that holds the copies.
 * @param files of each copy, with what they import: paths in it, by the name of its folder.
 */
export async function typeErrorsByCopy(
  root: string,
  files: ReadonlyMap<string, readonly string[]>,
): Promise<Map<string, string[]>> {
  await linkPackages(root);
  await copyProject(root, ['tsconfig.json']);
  const { compilerOptions } = JSON.parse(await readFile(join(root, 'tsconfig.json'), 'utf8'));
  const all = [...files].flatMap(([copy, paths]) => paths.map((path) => join(copy, path)));
  await writeFiles(root, { 'tsconfig.json': JSON.stringify({ compilerOptions, files: all }) });
  const errors = await typeErrors(root);
  const isIn = (copy: string) => (error: string) => error.startsWith(`${copy}/`);
  const common = errors.filter((error) => ![...files.keys()].some((copy) => isIn(copy)(error)));
  return new Map([...files.keys()].map((copy) => [copy, [...common, ...errors.filter(isIn(copy))]]));
}
