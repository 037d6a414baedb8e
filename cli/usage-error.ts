import type { CommandProcess } from './command-process.ts';

/** Wrong usage, as a sentence for the person who typed the command. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Runs `npm run <command>` and returns its exit code. After a `UsageError`, says what is wrong and where the usage is, and
 * returns 2.
 */
export async function withUsage(
  command: string,
  { stderr }: CommandProcess,
  run: () => Promise<number>,
): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    stderr.write(`${error.message} See npm run ${command} -- --help\n`);
    return 2;
  }
}
