import { spawn } from 'node:child_process';
import { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { CommandProcess } from '../../cli/command-process.ts';

export type Run = { code: number | null; stdout: string; stderr: string };

const commands = {
  admin: () => import('../../cli/admin/main.ts'),
  doctor: () => import('../../cli/doctor/main.ts'),
  setup: () => import('../../cli/setup/main.ts'),
  verify: () => import('../../cli/verify/main.ts'),
};
type Name = keyof typeof commands;

/**
 * Runs a command in this process, without a terminal, with nothing in its environment but what is given. Files are relative
 * to this process's folder, so give absolute paths.
 *
 * @param cwd the folder that the command takes for its own.
 */
export async function runCommand(
  name: Name,
  args: string[],
  env: Record<string, string> = {},
  cwd = process.cwd(),
): Promise<Run> {
  const { main } = await commands[name]();
  const [stdout, stderr] = [collector(), collector()];
  const surroundings: CommandProcess = {
    ...{ env: { ...env }, stdin: Readable.from([]), stdout: stdout.stream, stderr: stderr.stream },
    cwd: () => cwd,
  };
  const code = await main(args, surroundings);
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

/** Runs `cli/<name>.ts` as npm does: a process of its own, with nothing in its environment but what is given. */
export async function runProcess(
  name: Name,
  args: string[],
  env: Record<string, string> = {},
  cwd?: string,
): Promise<Run> {
  const command = fileURLToPath(new URL(`../../cli/${name}.ts`, import.meta.url));
  const { PATH = '', NODE_COMPILE_CACHE = '' } = process.env;
  const child = spawn(process.execPath, [command, ...args], {
    cwd,
    env: { PATH, NODE_COMPILE_CACHE, ...env },
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (output.stdout += chunk));
  child.stderr.on('data', (chunk) => (output.stderr += chunk));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, ...output };
}

function collector() {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  return { stream, text: () => text };
}
