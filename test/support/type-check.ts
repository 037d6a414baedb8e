import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

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
