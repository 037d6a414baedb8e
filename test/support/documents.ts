import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Without the changelog, which also names what is gone, and a report that `npm run verify` left here. */
export const documents = globSync(['*.md', 'docs/*.md', '.github/*.md'], { cwd: root }).filter(
  (document) => document !== 'CHANGELOG.md' && document !== 'verification.md',
);

export const readDocument = (document: string) => readFileSync(join(root, document), 'utf8');

/** Complete files among a document's code blocks: those whose first line names them. */
export const filesIn = (document: string) =>
  [...readDocument(document).matchAll(/^```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)^```$/gm)].map(
    ([, path = '', code = '']) => ({ path, code }),
  );
