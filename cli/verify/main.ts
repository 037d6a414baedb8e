import { type FileHandle, open as openFile } from 'node:fs/promises';
import type { CommandProcess } from '../command-process.ts';
import { presentSignIn } from '../doctor/browser.ts';
import { tableReport } from '../doctor/report.ts';
import { styled } from '../terminal.ts';
import { UsageError, withUsage } from '../usage-error.ts';
import { readVerifyArguments, usage } from './arguments.ts';
import { summary, verificationReport } from './report.ts';
import { verify } from './verify.ts';

/** Runs the verification and returns the exit code: 0, 1 if a promise is broken, 2 for wrong usage. */
export function main(args: string[], process: CommandProcess): Promise<number> {
  return withUsage('verify', process, () => verifyAndReport(args, process));
}

async function verifyAndReport(args: string[], { env, stdout }: CommandProcess): Promise<number> {
  const given = readVerifyArguments(args, env);
  if (!given) {
    stdout.write(usage);
    return 0;
  }
  const { open, output, ...rest } = given;
  const table = tableReport(stdout);
  // Before the person signs in: a report that cannot be written would be lost.
  await using file = await openReport(output);
  const verification = await verify(rest, presentSignIn(table.say, open, env), {
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
