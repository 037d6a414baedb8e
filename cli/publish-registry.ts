/**
 * `npm run publish:registry -- URL [--dry-run]`: writes `server.json`, with which the registry's own command publishes the
 * server. With `--dry-run` it is only checked and printed.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { registryEntry } from '../lib/discovery.ts';
import { problemsOfIdentity } from '../lib/identity.ts';
import { CommandFailure } from './failure.ts';

function main(): string {
  const { values, positionals } = parseArgs({
    options: { 'dry-run': { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const url = URL.parse(positionals[0] ?? '');
  // The registry refuses servers that only some machines reach.
  if (url?.protocol !== 'https:' || positionals.length !== 1)
    throw new CommandFailure(
      'The public address of the server is missing.',
      'Name it: npm run publish:registry -- https://notes.example.com --dry-run',
    );
  const [problem] = problemsOfIdentity;
  if (problem) throw new CommandFailure(`Invalid: ${problem.variable}.`, problem.fix);
  const json = `${JSON.stringify(registryEntry(url.origin), null, 2)}\n`;
  if (values['dry-run']) return json;
  writeFileSync(new URL('../server.json', import.meta.url), json);
  return 'Wrote server.json. Publish it with: mcp-publisher login dns (or: github), then mcp-publisher publish\n';
}

try {
  process.stdout.write(main());
} catch (error) {
  const usage = error instanceof TypeError && 'code' in error;
  if (!(error instanceof CommandFailure || usage)) throw error;
  process.stderr.write(`${error.message}\n${error instanceof CommandFailure ? `${error.fix}\n` : ''}`);
  process.exitCode = 1;
}
