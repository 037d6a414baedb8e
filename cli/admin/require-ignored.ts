import { isOpenToGit } from '../env-file.ts';
import { CommandFailure } from '../failure.ts';

/** Throws `CommandFailure` if secrets written to the file could be committed. */
export async function requireIgnored(path: string): Promise<void> {
  if (!(await isOpenToGit(path))) return;
  throw new CommandFailure(
    `git does not ignore ${path}, which contains secrets.`,
    `Add ${path} to .gitignore.`,
  );
}
