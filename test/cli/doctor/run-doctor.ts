import { fileURLToPath } from 'node:url';
import { runCommand } from '../run-command.ts';

/** A command for `BROWSER` that signs the demo user in. */
export const browser = fileURLToPath(new URL('browser.ts', import.meta.url));

/** Runs the doctor in an environment without a tenant. */
export const doctor = (args: string[], env?: Record<string, string>) => runCommand('doctor', args, env);
