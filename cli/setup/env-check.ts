import { readConfig } from '../../lib/config.ts';
import { parseEnvText } from '../env-file.ts';
import type { Finding } from './plan.ts';

/** What the server would refuse in the file that setup writes. Setup does not change existing lines, so it warns about them. */
export function checkEnvText(path: string, text: string): Finding[] {
  // `vercel env pull` also writes VERCEL, which would make the store required. The store comes later.
  const result = readConfig({ ...parseEnvText(text), VERCEL: undefined });
  if ('value' in result) return [];
  return result.failure.map(({ variable, fix }) => ({
    level: 'warning',
    message: `The server will not start with the ${variable} in ${path}.`,
    fix,
  }));
}
