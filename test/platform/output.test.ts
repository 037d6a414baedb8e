import { globSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isHandler, type Route } from '@vercel/routing-utils';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startStack } from '../../dev/stack.ts';
import { readProject } from '../../dev/vercel/project.ts';
import { createRouter } from '../../dev/vercel/router.ts';
import { examineUrl, levels, signedInLevels, wrong } from '../cli/doctor/examine.ts';
import { demoUser } from '../support/browser-user.ts';
import { type Build, buildWithVercel } from './build.ts';
import { type Output, readOutput } from './output.ts';
import { serveOutput } from './serve.ts';
import { installVercelCli } from './vercel-cli.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

let build: Build;
let output: Output;

beforeAll(async () => {
  build = await buildWithVercel(await installVercelCli());
  output = await readOutput(build.output);
});
afterAll(() => build?.remove());

test('the build log has no error, no warning and no unexpected line', () => {
  const expected = [
    /^Vercel CLI 64\.0\.2 \(Node\.js 24\.\d+\.\d+\)$/,
    /^Detected OpenTelemetry dependency: @(?:opentelemetry\/api|vercel\/otel)@[\d.]+, which meets the minimum version/,
    // The build command.
    /^> mcp-auth0-vercel@[\d.]+ build$/,
    /^> node dev\/build\.ts$/,
    /^Bundled lib\/tools\/[\w/.-]+\.html$/,
    /^Bundled lib into \d+ files$/,
    /^Using TypeScript [\d.]+ \(local user-provided\)$/,
    /^Using the TypeScript [\d.]+ compiler executable for transpilation\.$/,
    /^Build Completed in \.vercel\/output \[\d+(?:ms|s|m)\]$/,
  ];
  const lines = build.log.split('\n').filter(Boolean);
  expect(lines.filter((line) => !expected.some((pattern) => pattern.test(line)))).toEqual([]);
  expect(lines.at(-1)).toMatch(/^Build Completed/);
});

describe('functions', () => {
  const sixtySeconds = { runtime: 'nodejs24.x', maxDurationMs: 60_000, supportsCancellation: false };

  test('have the runtime, time limit and cancellation that vercel.json and package.json set', () => {
    const limits = [...output.functions].map(([route, { runtime, maxDurationMs, supportsCancellation }]) => [
      route,
      { runtime, maxDurationMs, supportsCancellation },
    ]);
    expect(Object.fromEntries(limits)).toEqual({
      '/api/authorize': sixtySeconds,
      '/api/callback': sixtySeconds,
      '/api/connections': sixtySeconds,
      '/api/cron/prune-clients': sixtySeconds,
      '/api/health': sixtySeconds,
      '/api/landing': sixtySeconds,
      '/api/mcp': { runtime: 'nodejs24.x', maxDurationMs: 300_000, supportsCancellation: true },
      '/api/oauth/revoke': sixtySeconds,
      '/api/oauth/token': sixtySeconds,
      '/api/register': sixtySeconds,
      '/api/well-known/oauth-authorization-server': sixtySeconds,
      '/api/well-known/oauth-protected-resource': sixtySeconds,
    });
  });

  test('are no more than the 12 that the Hobby plan allows', () => {
    expect(output.functions.size).toBeLessThanOrEqual(12);
  });

  test('are small, and only the MCP endpoint contains the MCP SDK', () => {
    const all = [...output.functions.values()];
    console.table(
      Object.fromEntries(
        all.map(({ route, files, bytes, packages }) => [
          route,
          { files, KB: Math.round(bytes / 1024), packages: packages.length },
        ]),
      ),
    );
    const withSdk = all.filter(({ packages }) => packages.includes('@modelcontextprotocol/server'));
    expect(withSdk.map(({ route }) => route)).toEqual(['/api/mcp']);
    expect(all.filter(({ bytes }) => bytes > 8 * 1024 * 1024).map(({ route }) => route)).toEqual([]);
  });

  test('contain the skills where they are served, and nowhere else', async () => {
    // None if skills were deleted.
    const skills = globSync('lib/skills/*/**', { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(process.cwd(), join(entry.parentPath, entry.name)))
      .sort();
    const found = [...output.functions.values()].map(
      ({ route, data }) => [route, data.filter((path) => path.startsWith('lib/skills/'))] as const,
    );
    expect(found.filter(([, data]) => data.length)).toEqual(skills.length ? [['/api/mcp', skills]] : []);
  });

  test('contain no source, no test and no development package', () => {
    const development =
      /^(?:typescript|vitest|@types\/|@vercel\/(?!functions|oidc|cli-)|auth0$|oidc-provider)/;
    const packages = [...output.functions.values()].flatMap((entry) => entry.packages);
    expect(packages.filter((name) => development.test(name))).toEqual([]);
  });
});

describe('routes', () => {
  const browser = { accept: 'text/html' };
  const target = (path: string, headers: Record<string, string> = {}) => {
    const routing = createRouter(output)(new URL(path, 'https://mcp.example.com'), headers).target;
    return routing.kind === 'function' ? routing.entry.route : routing.kind;
  };

  test.each([
    ['/', {}, '/api/mcp'],
    ['/', browser, '/api/landing'],
    ['/', { ...browser, authorization: 'Bearer x' }, '/api/mcp'],
    ['/mcp', {}, '/api/mcp'],
    ['/mcp/', {}, '/api/mcp'],
    ['/o/acme/mcp', {}, '/api/mcp'],
    ['/o/acme/mcp/', {}, '/api/mcp'],
    ['/.well-known/oauth-protected-resource/o/acme/mcp', {}, '/api/well-known/oauth-protected-resource'],
    ['/.well-known/oauth-authorization-server/o/acme/mcp', {}, '/api/well-known/oauth-authorization-server'],
    ['/o/acme/mcp/.well-known/openid-configuration', {}, '/api/well-known/oauth-authorization-server'],
    ['/.well-known/ai-catalog.json', {}, '/api/well-known/oauth-protected-resource'],
    ['/.well-known/mcp/catalog.json', {}, '/api/well-known/oauth-protected-resource'],
    ['/.well-known/mcp/server-card.json', {}, '/api/well-known/oauth-protected-resource'],
    ['/mcp/server-card', {}, '/api/well-known/oauth-protected-resource'],
    ['/.well-known/oauth-protected-resource', {}, '/api/well-known/oauth-protected-resource'],
    ['/.well-known/oauth-protected-resource/mcp', {}, '/api/well-known/oauth-protected-resource'],
    ['/.well-known/oauth-authorization-server', {}, '/api/well-known/oauth-authorization-server'],
    ['/.well-known/oauth-authorization-server/mcp', {}, '/api/well-known/oauth-authorization-server'],
    ['/.well-known/openid-configuration', {}, '/api/well-known/oauth-authorization-server'],
    ['/.well-known/openid-configuration/mcp', {}, '/api/well-known/oauth-authorization-server'],
    ['/mcp/.well-known/openid-configuration', {}, '/api/well-known/oauth-authorization-server'],
    ['/register', {}, '/api/register'],
    ['/register/a-client', {}, '/api/register'],
    ['/authorize', {}, '/api/authorize'],
    ['/callback', {}, '/api/callback'],
    ['/connections', {}, '/api/connections'],
    ['/oauth/token', {}, '/api/oauth/token'],
    ['/token', {}, '/api/oauth/token'],
    ['/oauth/revoke', {}, '/api/oauth/revoke'],
    ['/revoke', {}, '/api/oauth/revoke'],
    ['/health', {}, '/api/health'],
    ['/robots.txt', {}, 'file'],
  ])('%s with %o → %s', (path, headers, expected) => {
    expect(target(path, headers)).toBe(expected);
  });

  test('the path of each cron job reaches its own function', () => {
    expect(output.crons).toEqual([{ path: '/api/cron/prune-clients', schedule: '17 4 * * *' }]);
    for (const { path } of output.crons) expect(target(path)).toBe(path);
  });

  test.each([
    '/api',
    '/api/missing',
    '/o/Acme/mcp',
    '/o/acme/x/mcp',
    '/o/acme%2Fx/mcp',
    '/o/mcp',
    '/api/mcp/x',
    '/api/oauth',
    '/lib/config.ts',
    '/api/mcp.js.map',
    '/package.json',
    '/vercel.json',
    '/.env',
    '/README.md',
  ])('%s → 404', (path) => {
    expect(target(path)).toBe('none');
  });

  test('only the files of public/ are static files', async () => {
    const published = await readdir(`${root}/public`, { recursive: true });
    expect([...output.files.keys()]).toEqual(published.sort().map((path) => `/${path}`));
  });

  test('are those that the local server applies, and then Vercel’s own', async () => {
    const local = (await readProject(root)).routes;
    expect(output.routes.slice(0, local.length)).toEqual(local);
    const shown = (route: Route) =>
      isHandler(route) ? route.handle : `${route.src} → ${route.dest ?? route.status}`;
    expect(output.routes.slice(local.length).map(shown)).toEqual([
      '^/api(/.*)?$ → 404',
      'error',
      '^(?!/api).*$ → /404.html',
      'miss',
      '^/api/(.+)(?:\\.(?:ts))$ → /api/$1',
    ]);
  });
});

test('the doctor signs in to the built output, calls tools in both protocols, refreshes and revokes', async () => {
  const printed: string[] = [];
  const stack = await startStack({ port: 0 });
  const environment = (origin: string) => ({
    ...stack.env,
    SERVER_URL: origin,
    OAUTH_AUDIENCE: stack.serverUrl,
    ALLOWED_ORIGINS: '',
  });
  const server = await serveOutput(output, environment, ({ text }) => printed.push(text));
  try {
    const testUser = { name: demoUser.email, password: demoUser.password, loginOrigin: stack.tenant.origin };
    const findings = await examineUrl(`${server.origin}/mcp`, { signIn: true, testUser });
    expect(wrong(findings)).toEqual([]);
    expect(levels(findings)).toMatchObject(signedInLevels);
    expect(printed.filter((line) => /"level":"error"|Cannot find/.test(line))).toEqual([]);
  } finally {
    await server.close();
    await stack.close();
  }
});
