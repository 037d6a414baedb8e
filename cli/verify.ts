/** `npm run verify -- <url>`: goes through every promise of the README on a real deployment, and writes a report. */
import { type FileHandle, open as openFile } from 'node:fs/promises';
import { openBrowser } from './doctor/browser.ts';
import { tableReport } from './doctor/report.ts';
import { styled } from './terminal.ts';
import { UsageError } from './usage-error.ts';
import { readVerifyArguments, usage } from './verify/arguments.ts';
import { summary, verificationReport } from './verify/report.ts';
import { verify } from './verify/verify.ts';

async function main(): Promise<number> {
  const args = readVerifyArguments(process.argv.slice(2), process.env);
  if (!args) {
    process.stdout.write(usage);
    return 0;
  }
  const { open, output, ...rest } = args;
  const table = tableReport(process.stdout);
  const presentSignIn = (url: string) => {
    table.say(`\nSign in here${open ? ' (your browser opens)' : ''}:\n${url}\n\n`);
    if (open) openBrowser(url, process.env);
  };
  // Before the person signs in: a report that cannot be written would be lost.
  await using file = await openReport(output);
  const verification = await verify(rest, presentSignIn, {
    ...table,
    onUrl: (url) => table.say(`\n${styled('bold', url)}\n\n`),
    onTrial: (promise) => table.say(`  trying   ${promise}\n`),
  });
  await file.writeFile(verificationReport(verification));
  process.stdout.write(
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

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message} See npm run verify -- --help\n`);
  process.exitCode = 2;
}
