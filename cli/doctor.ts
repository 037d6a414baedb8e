/** `npm run doctor -- <url>`: finds out why clients cannot connect to an MCP server. */
import { readArguments, usage } from './doctor/arguments.ts';
import { openBrowser } from './doctor/browser.ts';
import { examine } from './doctor/examine.ts';
import { markdownReport } from './doctor/markdown-report.ts';
import { jsonReport, tableReport, worst } from './doctor/report.ts';
import { UsageError } from './usage-error.ts';

async function main(): Promise<number> {
  const args = readArguments(process.argv.slice(2), process.env);
  if (!args) {
    process.stdout.write(usage);
    return 0;
  }
  const { format, open, ...options } = args;
  const table = format === 'table' ? tableReport(process.stdout) : undefined;
  const say = (text: string) => (table ? table.say(text) : process.stderr.write(text));
  const presentSignIn = (url: string) => {
    say(`\nSign in here${open ? ' (your browser opens)' : ''}:\n${url}\n\n`);
    if (open) openBrowser(url, process.env);
  };
  const findings = await examine({ ...options, presentSignIn }, table);
  if (table) table.onEnd(findings);
  else process.stdout.write((format === 'json' ? jsonReport : markdownReport)(options.url, findings));
  return worst(findings) === 'failure' ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message} See npm run doctor -- --help\n`);
  process.exitCode = 2;
}
