/** `npm run deploy-button`: makes the README's deploy button deploy this repository, as git's `origin` names it. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { repositoryUrl, withButton } from './deploy-button/button.ts';
import { CommandFailure } from './failure.ts';

const readme = new URL('../README.md', import.meta.url);

function main(): string {
  const [given] = process.argv.slice(2);
  const repository = repositoryUrl(given ?? origin());
  const before = readFileSync(readme, 'utf8');
  const after = withButton(before, repository);
  if (after === before) return `The button already deploys ${repository}.`;
  writeFileSync(readme, after);
  return `The button in README.md now deploys ${repository}. Commit and push it.`;
}

function origin(): string {
  try {
    const options = { cwd: new URL('..', import.meta.url), encoding: 'utf8', stdio: 'pipe' } as const;
    return execFileSync('git', ['remote', 'get-url', 'origin'], options).trim();
  } catch (cause) {
    throw new CommandFailure(
      'This clone has no remote repository.',
      'Name it: npm run deploy-button -- https://github.com/you/your-fork',
      { cause },
    );
  }
}

try {
  process.stdout.write(`${main()}\n`);
} catch (error) {
  if (!(error instanceof CommandFailure)) throw error;
  process.stderr.write(`${error.message}\n${error.fix}\n`);
  process.exitCode = 1;
}
