import { readConfig } from '../../lib/config.ts';
import { parseEnvText } from './env-file.ts';
import type { Finding } from './plan.ts';

/** What the server would refuse in the file as it is going to be: lines that were there before are not setup's to change. */
export function checkEnvText(path: string, text: string): Finding[] {
  // `vercel env pull` writes VERCEL too, which would make the store required; that comes later.
  const result = readConfig({ ...parseEnvText(text), VERCEL: undefined });
  if ('value' in result) return [];
  return result.failure.map(({ variable, fix }) => ({
    level: 'warning',
    message: `The server will not start with ${variable} as ${path} has it.`,
    fix,
  }));
}
