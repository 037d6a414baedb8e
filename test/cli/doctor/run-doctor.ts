import { fileURLToPath } from 'node:url';
import { runCommand, runProcess } from '../run-command.ts';

/** A command for `BROWSER` that signs the demo user in. */
export const browser = fileURLToPath(new URL('browser.ts', import.meta.url));

/** Runs the doctor in an environment without a tenant. */
export const doctor = (args: string[], env?: Record<string, string>) => runCommand('doctor', args, env);

/** Runs it as a process of its own. */
export const doctorProcess = (args: string[], env?: Record<string, string>) =>
  runProcess('doctor', args, env);
