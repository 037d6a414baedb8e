import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

/** The files of this repository that a file imports, for types too. */
const importsOf = (file: string) =>
  [...readFileSync(file, 'utf8').matchAll(/\b(?:from|import)\s*\(?'(\.[^']+)'/g)].map(([, name = '']) =>
    normalize(join(dirname(file), name)),
  );
const files = globSync('lib/{mcp,tools}/**/*.ts');
const imports = files.flatMap((file) => importsOf(file).map((to) => ({ file, to })));

describe('imports in lib/mcp point one way, for types too', () => {
  test.each([
    ['define/', /^lib\/mcp\/(?!define\/)/],
    ['server/', /^lib\/mcp\/(?!server\/|define\/|json-rpc\.ts)/],
    ['legacy/', /^lib\/mcp\/(?!legacy\/|server\/|define\/|json-rpc\.ts)/],
    ['legacy/streams/', /^lib\/mcp\/legacy\/(?!streams\/)/],
    ['modern.ts', /^lib\/mcp\/(?!server\/|define\/|json-rpc\.ts)/],
    ['serve.ts', /^lib\/mcp\/endpoint\.ts/],
  ])('%s imports nothing that matches %s', (from, forbidden) => {
    const own = imports.filter(({ file }) => file.startsWith(`lib/mcp/${from}`));
    expect(own.length).toBeGreaterThan(0);
    expect(own.filter(({ to }) => forbidden.test(to))).toEqual([]);
  });

  test('there is no circle', () => {
    const circles: string[][] = [];
    const done = new Set<string>();
    const follow = (file: string, path: string[]) => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file]);
      if (done.has(file)) return;
      done.add(file);
      for (const { to } of imports.filter((each) => each.file === file)) follow(to, [...path, file]);
    };
    for (const file of files) follow(file, []);
    expect(circles).toEqual([]);
  });
});

test('tools import nothing of the engine but its definitions, the scopes, their rules and the version', () => {
  const allowed = /^lib\/(tools\/|mcp\/define\/|scopes\.ts|scope-rules\.ts|version\.ts)/;
  const tools = imports.filter(({ file }) => file.startsWith('lib/tools/'));
  expect(tools.length).toBeGreaterThan(10);
  expect(tools.filter(({ to }) => !allowed.test(to))).toEqual([]);
});
