import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const sources = globSync('{api,lib,dev,cli}/**/*.ts');

/** The modules that a file loads when it is loaded; types are erased. */
function loads(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const statements = text.matchAll(/^(?:import|export)\s(?!type\b)[^;]*?from\s+'([^']+)'/gm);
  return [...statements].map(([, name = '']) =>
    name.startsWith('.') ? normalize(join(dirname(file), name)) : name,
  );
}

/** Everything that is loaded with a file, packages by name. */
function closure(file: string, seen = new Set<string>()): Set<string> {
  for (const each of loads(file)) {
    if (seen.has(each)) continue;
    seen.add(each);
    if (each.endsWith('.ts')) closure(each, seen);
  }
  return seen;
}

const imports = sources.flatMap((file) => loads(file).map((to) => ({ file, to })));
const from = (folder: string) => imports.filter(({ file }) => file.startsWith(folder));

describe('the arrows between folders point one way', () => {
  it.each([
    ['lib/', /^(api|dev|cli|test)\//],
    ['api/', /^(dev|cli|test)\//],
    ['lib/http/', /^lib\/(oauth|auth0|access-token|mcp|tools|pages)\//],
    ['lib/store/', /^lib\/(oauth|auth0|access-token|mcp|tools|pages)\//],
    ['lib/auth0/', /^lib\/(oauth|access-token|mcp|tools|pages)\//],
    ['lib/oauth/', /^lib\/(mcp|tools|connections)\//],
    ['lib/connections/', /^lib\/(mcp|tools)\//],
    ['lib/access-token/', /^lib\/(auth0|mcp|tools|pages)\//],
  ])('%s does not import %s', (folder, forbidden) => {
    expect(from(folder).filter(({ to }) => forbidden.test(to))).toEqual([]);
  });
});

describe('a function loads what it needs', () => {
  const functions = globSync('api/**/*.ts').filter((file) => !file.includes('/_'));

  it('and there are at most 12 of them, which is what the Hobby plan deploys', () => {
    expect(functions.length).toBeLessThanOrEqual(12);
  });

  it.each(functions.filter((file) => file !== 'api/mcp.ts'))('%s without the MCP SDK', (file) => {
    expect([...closure(file)].filter((each) => each.startsWith('@modelcontextprotocol/'))).toEqual([]);
  });

  it.each(functions)('%s without development dependencies', (file) => {
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
    const packages = [...closure(file)].filter(
      (each) => !each.endsWith('.ts') && !/^node:|\.json$/.test(each),
    );
    const names = packages.map((each) =>
      each
        .split('/')
        .slice(0, each.startsWith('@') ? 2 : 1)
        .join('/'),
    );
    expect(names.filter((name) => !(name in dependencies))).toEqual([]);
  });
});
