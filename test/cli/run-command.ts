import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export type Run = { code: number | null; stdout: string; stderr: string };

/** Runs `cli/<name>.ts` as npm does, without a terminal, with nothing in its environment but what is given. */
export async function runCommand(
  name: 'admin' | 'doctor' | 'setup' | 'verify',
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
