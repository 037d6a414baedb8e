import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { access, chmod, constants, readFile, realpath, rename, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { parseEnv } from 'node:util';
import { CommandFailure } from './failure.ts';

/** The file's text. Empty if the file does not exist. */
export async function readEnvText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return '';
    throw new CommandFailure(
      `${path} cannot be read.`,
      'Check its permissions, or choose another file with --file.',
      { cause },
    );
  }
}

/** The file's variables, as Node's own `--env-file` reads them. */
export function parseEnvText(text: string): Record<string, string | undefined> {
  return parseEnv(text);
}

/** The text with these variables set. Replaces their lines in place or adds them at the end, and keeps all other lines. */
export function withVariables(text: string, variables: ReadonlyMap<string, string>): string {
  const open = new Map(variables);
  const lines = text.split('\n').flatMap((line) => {
    const name = nameIn(line);
    const value = variables.get(name);
    if (value === undefined) return [line];
    // A repeated line further down would override the one that we set.
    return open.delete(name) ? [envLine(name, value)] : [];
  });
  while (lines.at(-1) === '') lines.pop();
  const added = [...open].map(([name, value]) => envLine(name, value));
  return `${[...lines, ...added].join('\n')}\n`;
}

/** The text without the lines of a variable. */
export function withoutVariable(text: string, variable: string): string {
  return text
    .split('\n')
    .filter((line) => nameIn(line) !== variable)
    .join('\n');
}

/** The variable that a line sets; empty if it sets none. */
function nameIn(line: string): string {
  return /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=/.exec(line)?.[1] ?? '';
}

/** One line of the file, with quotes if the value needs them. */
export function envLine(name: string, value: string): string {
  if (/^[\w.:/,@%+~|-]*$/.test(value)) return `${name}=${value}`;
  return value.includes("'") ? `${name}="${value}"` : `${name}='${value}'`;
}

/** Throws `CommandFailure` unless the file can be written. Checked before there is a secret that could get lost. */
export async function requireWritable(path: string): Promise<void> {
  const folder = dirname(await realpath(path).catch(() => path));
  await access(folder, constants.W_OK).catch((cause: unknown) => {
    throw unwritable(path, cause);
  });
}

/** Replaces the file atomically, readable only by its owner. */
export async function writeEnvText(path: string, text: string): Promise<void> {
  try {
    const target = await realpath(path).catch(() => path);
    const draft = `${target}.${randomUUID()}`;
    await writeFile(draft, text, { mode: 0o600, flag: 'wx' });
    await rename(draft, target);
    await chmod(target, 0o600);
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

function unwritable(path: string, cause: unknown): CommandFailure {
  return new CommandFailure(
    `${path} cannot be written.`,
    'Check the folder’s permissions, or choose another file with --file.',
    { cause },
  );
}

/** Whether the file is in a git repository that does not ignore it. */
export function isOpenToGit(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    // Exit code 1: in a repository and not ignored. 128: not in a repository. Otherwise git is not installed.
    execFile('git', ['check-ignore', '--quiet', basename(path)], { cwd: dirname(path) }, (error) =>
      resolve(error?.code === 1),
    );
  });
}
