import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const command = fileURLToPath(new URL('../../../cli/doctor.ts', import.meta.url));
/** A command for `BROWSER` that signs the demo user in. */
export const browser = fileURLToPath(new URL('browser.ts', import.meta.url));

/** Runs the command without a terminal, in an environment without a tenant. */
export async function doctor(args: string[], env: Record<string, string> = {}) {
  const { PATH = '', NODE_COMPILE_CACHE = '' } = process.env;
  const child = spawn(process.execPath, [command, ...args], { env: { PATH, NODE_COMPILE_CACHE, ...env } });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (output.stdout += chunk));
  child.stderr.on('data', (chunk) => (output.stderr += chunk));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, ...output };
}
