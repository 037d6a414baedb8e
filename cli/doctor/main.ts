import type { CommandProcess } from '../command-process.ts';
import { withUsage } from '../usage-error.ts';
import { readArguments, usage } from './arguments.ts';
import { presentSignIn } from './browser.ts';
import { examine } from './examine.ts';
import { markdownReport } from './markdown-report.ts';
import { jsonReport, tableReport, worst } from './report.ts';

/** Runs the doctor and returns the exit code: 0, 1 if it found a failure, 2 for wrong usage. */
export function main(args: string[], process: CommandProcess): Promise<number> {
  return withUsage('doctor', process, () => examineAndReport(args, process));
}

async function examineAndReport(args: string[], { env, stdout, stderr }: CommandProcess): Promise<number> {
  const given = readArguments(args, env);
  if (!given) {
    stdout.write(usage);
    return 0;
  }
  const { format, open, ...options } = given;
  const table = format === 'table' ? tableReport(stdout) : undefined;
  const say = (text: string) => (table ? table.say(text) : stderr.write(text));
  const findings = await examine({ ...options, presentSignIn: presentSignIn(say, open, env) }, table);
  if (table) table.onEnd(findings);
  else stdout.write((format === 'json' ? jsonReport : markdownReport)(options.url, findings));
  return worst(findings) === 'failure' ? 1 : 0;
}
