import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleViews } from '../../../dev/views/bundle.ts';
import { linkPackages, temporaryFolder, writeFiles } from '../../support/project-copy.ts';

const folder = 'lib/tools/dice';
const document = `${folder}/view.bundle.html`;
const sides = 'lib/tools/sides.ts';
const sidesOf = (count: number) => `export const sides: number = ${count};\n`;

const files = {
  [`${folder}/view.html`]: `<!doctype html>
<html lang="en">
  <head>
    <title>Dice</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="view.css">
    <script src="https://cdn.example.com/dice.js"></script>
  </head>
  <body>
    <script type="module" src="view.ts"></script>
  </body>
</html>
`,
  [`${folder}/view.css`]: 'body { background: url(dot.svg); }',
  [`${folder}/dot.svg`]: '<svg xmlns="http://www.w3.org/2000/svg"><circle r="1"/></svg>',
  [`${folder}/view.ts`]: `import { sides } from '../sides.ts';
document.title = \`\${sides} sides </script> $& <!--\`;
`,
  [sides]: sidesOf(6),
};

let root = '';
let remove: () => Promise<void>;

beforeAll(async () => {
  const temporary = await temporaryFolder();
  root = temporary.path;
  remove = temporary.remove;
  await linkPackages(root);
  await writeFiles(root, files);
});
afterAll(() => remove());

const readDocument = () => readFile(join(root, document), 'utf8');

describe('the bundle of a view', () => {
  it('is one document, with script, style and images inside it; URLs stay as they are', async () => {
    expect(await bundleViews(root)).toEqual([document]);
    const html = await readDocument();
    expect(html).toMatch(/<style>\nbody\{background:url\(.data:image\/svg\+xml,<svg/);
    expect(html.match(/(?:src|href)="[^"]*"/g)).toEqual([
      'href="data:,"',
      'src="https://cdn.example.com/dice.js"',
    ]);
    // Only the tags themselves end the scripts.
    expect(html.match(/<\/script>/g)).toHaveLength(2);
    expect(html).toContain('$&');
  });

  it('is made again if a file in it changed or it was lost, and only then', async () => {
    const made = async () => {
      await bundleViews(root);
      return (await stat(join(root, document))).mtimeMs;
    };
    const first = await made();
    expect(await made()).toBe(first);

    await writeFile(join(root, sides), sidesOf(20));
    const second = await made();
    expect(second).toBeGreaterThan(first);
    expect(await readDocument()).toContain('20');

    await rm(join(root, document));
    expect(await made()).toBeGreaterThan(second);
  });

  it('is made again if a file in it changed while it was made', async () => {
    // With a large package, making it takes long enough to change a file that was already read.
    const script = `import { z } from 'zod';\n${files[`${folder}/view.ts`]}console.log(z);\n`;
    await writeFiles(root, { [`${folder}/view.ts`]: script });
    for (const waitMs of [0, 10, 20, 30, 40, 60, 80, 100, 120, 140]) {
      await writeFile(join(root, sides), sidesOf(20));
      const made = bundleViews(root);
      await setTimeout(waitMs);
      await writeFile(join(root, sides), sidesOf(1_001 + waitMs));
      await made;
      await bundleViews(root);
      expect(/(\w+)\} sides/.exec(await readDocument())?.[1]).toBe(`${1_001 + waitMs}`);
    }
  });

  it('cannot be made of a script with an error: the message names folder, file and line', async () => {
    await writeFile(join(root, folder, 'view.ts'), 'const broken = ;\n');
    await expect(bundleViews(root)).rejects.toThrow(/lib\/tools\/dice[\s\S]*view\.ts:1:15/);
    await writeFiles(root, files);
  });

  it('does not exist for a server without views', async () => {
    await rm(join(root, folder), { recursive: true });
    expect(await bundleViews(root)).toEqual([]);
  });
});
