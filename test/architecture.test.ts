import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const sources = globSync('{api,lib,dev,cli}/**/*.ts');

/** `later`: loaded on first use. */
type Import = { file: string; to: string; typeOnly: boolean; later: boolean };

/** Everything that a file imports, types included; packages by name. */
function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  const statements = text.matchAll(/^(?:import|export)\s(type\b)?[^;]*?from\s+'([^']+)'/gm);
  const dynamic = text.matchAll(/\bimport\('(\.[^']+)'\)/g);
  const found = [
    ...[...statements].map(([, type, name = '']) => ({ name, typeOnly: type !== undefined, later: false })),
    ...[...dynamic].map(([, name = '']) => ({ name, typeOnly: false, later: true })),
  ];
  return found.map(({ name, typeOnly, later }) => {
    const to = name.startsWith('.') ? normalize(join(dirname(file), name)) : name;
    return { file, to, typeOnly, later };
  });
}

const imports = sources.flatMap(importsOf);

/** The room of a file: the longest of these that it is in. */
const rooms = [
  ...['api', 'dev', 'cli'],
  // What everything below may know of the tools: how the server introduces itself.
  ...['lib/tools/identity.ts', 'lib/mcp/define/identity.ts'],
  ...[
    'lib/tools',
    'lib/skills',
    'lib/pages',
    'lib/http',
    'lib/store',
    'lib/auth0',
    'lib/access-token',
    'lib/health.ts',
  ],
  'lib/connections',
  ...['lib/oauth', 'lib/oauth/client', 'lib/oauth/authorization', 'lib/oauth/token', 'lib/oauth/extensions'],
  ...[
    'lib/mcp',
    'lib/mcp/define',
    'lib/mcp/server',
    'lib/mcp/extensions',
    'lib/mcp/legacy',
    'lib/mcp/legacy/streams',
  ],
  'lib',
].sort((a, b) => b.length - a.length);
const roomOf = (file: string) =>
  rooms.find((room) => file === room || file.startsWith(`${room}/`)) ?? 'packages';

/** What each room may import, besides itself. Type-only imports count. */
const base = ['lib'];
const outside = [...base, 'lib/http', 'lib/store', 'lib/auth0', 'lib/access-token'];
const allowed: Record<string, string[]> = {
  lib: ['lib/tools/identity.ts', 'lib/mcp/define/identity.ts'],
  'lib/tools/identity.ts': ['lib', 'lib/mcp/define/identity.ts'],
  'lib/mcp/define/identity.ts': [],
  'lib/http': base,
  'lib/store': [...base, 'lib/http'],
  'lib/auth0': [...base, 'lib/http', 'lib/store'],
  'lib/access-token': [...base, 'lib/http', 'lib/store', 'lib/auth0'],
  'lib/health.ts': [...base, 'lib/store'],
  // Pages show what others know, by types alone.
  'lib/pages': [...base, 'lib/http', 'lib/health.ts'],
  'lib/oauth': [...outside, 'lib/oauth/client', 'lib/oauth/extensions'],
  'lib/oauth/client': outside,
  'lib/oauth/extensions': [...outside, 'lib/oauth/client'],
  'lib/oauth/authorization': [...outside, 'lib/pages', 'lib/oauth', 'lib/oauth/client'],
  'lib/oauth/token': [
    ...outside,
    'lib/oauth',
    'lib/oauth/client',
    'lib/oauth/authorization',
    'lib/oauth/extensions',
  ],
  'lib/connections': [...outside, 'lib/pages', 'lib/oauth/client', 'lib/oauth/authorization'],
  'lib/mcp/define': [...base, 'lib/mcp/define/identity.ts', 'lib/access-token', 'lib/health.ts'],
  'lib/mcp/server': [...outside, 'lib/health.ts', 'lib/mcp', 'lib/mcp/define'],
  'lib/mcp/extensions': [...outside, 'lib/skills', 'lib/mcp', 'lib/mcp/define', 'lib/mcp/server'],
  'lib/mcp/legacy/streams': [...outside, 'lib/mcp', 'lib/mcp/define', 'lib/mcp/server'],
  'lib/mcp/legacy': [...outside, 'lib/mcp', 'lib/mcp/define', 'lib/mcp/server', 'lib/mcp/legacy/streams'],
  'lib/mcp': [...outside, 'lib/mcp/define', 'lib/mcp/server', 'lib/mcp/extensions', 'lib/mcp/legacy'],
  'lib/tools': ['lib', 'lib/mcp/define'],
  'lib/skills': ['lib', 'lib/mcp/define'],
};

describe('arrows point one way, type-only imports included', () => {
  it.each(Object.entries(allowed))('%s imports only %j', (room, others) => {
    const wrong = imports.filter(({ file, to }) => {
      const target = roomOf(to);
      return roomOf(file) === room && target !== 'packages' && target !== room && !others.includes(target);
    });
    expect(wrong).toEqual([]);
  });

  it('there are no circles', () => {
    const next = new Map(
      sources.map((file) => [file, imports.filter((each) => each.file === file).map(({ to }) => to)]),
    );
    const circles: string[] = [];
    const done = new Set<string>();
    const visit = (file: string, path: string[]): void => {
      if (path.includes(file)) {
        circles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
        return;
      }
      if (done.has(file)) return;
      for (const to of next.get(file) ?? []) visit(to, [...path, file]);
      done.add(file);
    };
    for (const file of sources) visit(file, []);
    expect(circles).toEqual([]);
  });
});

describe('a function loads what it needs', () => {
  const functions = globSync('api/**/*.ts').filter((file) => !file.includes('/_'));

  /** Everything that a file loads, at its start or also later, packages by name. */
  function closure(file: string, atStart = false, seen = new Set<string>()): Set<string> {
    for (const { to, typeOnly, later } of importsOf(file)) {
      if (typeOnly || (atStart && later) || seen.has(to)) continue;
      seen.add(to);
      if (to.endsWith('.ts')) closure(to, atStart, seen);
    }
    return seen;
  }

  it('and there are at most 12 of them, which is what the Hobby plan deploys', () => {
    expect(functions.length).toBeLessThanOrEqual(12);
  });

  it.each(functions.filter((file) => file !== 'api/mcp.ts'))('%s without the MCP SDK', (file) => {
    expect([...closure(file)].filter((each) => each.startsWith('@modelcontextprotocol/'))).toEqual([]);
  });

  // The tools need zod 4. Other functions must not wait for what takes longer to load than all the rest of them.
  it.each(functions.filter((file) => !['api/mcp.ts', 'api/landing.ts', 'api/health.ts'].includes(file)))(
    '%s without packages that are slow to load',
    (file) => {
      const slow = ['zod', 'jose', '@upstash/redis', '@vercel/functions', '@opentelemetry/api'];
      expect([...closure(file, true)].filter((each) => slow.includes(each))).toEqual([]);
    },
  );

  // None if the extension was deleted.
  it.each(globSync('lib/mcp/extensions/skills/extension.ts'))(
    '%s without what reads skills, until a client asks for them',
    (extension) => {
      const loaded = [...closure(extension, true)];
      expect(loaded).toContain('lib/skills/index.ts');
      expect(loaded.filter((each) => each === 'yaml' || each.includes('extensions/skills/'))).toEqual([]);
    },
  );

  it.each([...functions, ...globSync('lib/mcp/extensions/connected-accounts/extension.ts')])(
    '%s without what accounts of other companies need, until somebody uses one',
    (file) => {
      const used =
        /lib\/(?:connections\/accounts\/|pages\/accounts|auth0\/(?:my-account|token-vault)\.|access-token\/account-link|mcp\/extensions\/connected-accounts\/(?!extension\.ts))/;
      expect([...closure(file, true)].filter((each) => used.test(each))).toEqual([]);
    },
  );

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
