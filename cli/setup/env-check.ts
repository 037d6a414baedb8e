import { readConfig } from '../../lib/config.ts';
import { isOpenToGit, parseEnvText } from '../env-file.ts';
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

/** The finding for a file with secrets that git would add to a commit. */
export async function openToGit(path: string): Promise<Finding[]> {
  if (!(await isOpenToGit(path))) return [];
  const message = `git does not ignore ${path}, which contains secrets.`;
  return [{ level: 'problem', message, fix: `Add ${path} to .gitignore.` }];
}
