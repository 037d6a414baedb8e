import { type FileHandle, open as openFile } from 'node:fs/promises';
import type { CommandProcess } from '../command-process.ts';
import { openBrowser } from '../doctor/browser.ts';
import { tableReport } from '../doctor/report.ts';
import { styled } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { readVerifyArguments, usage } from './arguments.ts';
import { summary, verificationReport } from './report.ts';
import { verify } from './verify.ts';

/** Runs the verification and returns the exit code: 0, 1 if a promise is broken, 2 for wrong usage. */
export async function main(args: string[], process: CommandProcess): Promise<number> {
  try {
    return await verifyAndReport(args, process);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message} See npm run verify -- --help\n`);
    return 2;
  }
}

async function verifyAndReport(args: string[], { env, stdout }: CommandProcess): Promise<number> {
  const given = readVerifyArguments(args, env);
  if (!given) {
    stdout.write(usage);
    return 0;
  }
  const { open, output, ...rest } = given;
  const table = tableReport(stdout);
  const presentSignIn = (url: string) => {
    table.say(`\nSign in here${open ? ' (your browser opens)' : ''}:\n${url}\n\n`);
    if (open) openBrowser(url, env);
  };
  // Before the person signs in: a report that cannot be written would be lost.
  await using file = await openReport(output);
  const verification = await verify(rest, presentSignIn, {
    ...table,
    onUrl: (url) => table.say(`\n${styled('bold', url)}\n\n`),
    onTrial: (promise) => table.say(`  trying   ${promise}\n`),
  });
  await file.writeFile(verificationReport(verification));
  stdout.write(
    `\n${summary(verification)}\nThe report is in ${output}. Read it, then open an issue with it: the form is “Verification report”.\n`,
  );
  return verification.verdicts.some(({ result }) => result === 'broken') ? 1 : 0;
}

/** Throws `UsageError` if the file cannot be written. */
async function openReport(path: string): Promise<FileHandle> {
  try {
    return await openFile(path, 'w');
  } catch (cause) {
    throw new UsageError(`${path} cannot be written.`, { cause });
  }
}
