import { describe, expect, test } from 'vitest';
import { brand, useServerWith } from '../../support/branded-server.ts';
import { demoUserSignsIn, examineUrl, fakeUserSignsIn, levels, wrong } from './examine.ts';
import {
  authorize,
  fakeToken,
  healthyRoutes,
  isBearer,
  resourceMetadata,
  rpc,
  serverMetadata,
  unauthorized,
} from './fake-mcp.ts';
import { type Routes, startFakeServer, type Visit } from './fake-server.ts';
import { doctor } from './run-doctor.ts';

const passed = {
  'directory-tools': 'ok',
  'directory-icons': 'ok',
  'directory-callbacks': 'ok',
  'directory-links': 'ok',
  'directory-form': 'skipped',
};

describe('this project, with the links of its owner', () => {
  const server = useServerWith(brand);

  test('passes, although it has icons', async () => {
    const findings = await examineUrl(server().mcpUrl, { ...demoUserSignsIn, directory: true });
    expect(wrong(findings)).toEqual([]);
    expect(levels(findings)).toMatchObject(passed);
  });
});

const links = {
  resource_policy_uri: 'https://example.com/p',
  resource_documentation: 'https://example.com/d',
};
const tool = (changes: Record<string, unknown>) => ({
  name: 'whoami',
  title: 'Who am I',
  inputSchema: { type: 'object' },
  annotations: { readOnlyHint: true },
  ...changes,
});

/** A server that the directory accepts. `results` replaces what it answers. */
function acceptable(origin: string, results: Record<string, unknown> = {}): Routes {
  const token = fakeToken({ iss: origin, aud: `${origin}/mcp` });
  const answers = { 'tools/list': { tools: [tool({})] }, ...results };
  const routes = healthyRoutes(origin);
  routes.set('POST /mcp', (visit: Visit) =>
    isBearer(visit, token) ? rpc(visit, answers) : unauthorized(origin, visit),
  );
  routes.set('GET /.well-known/oauth-protected-resource/mcp', { body: resourceMetadata(origin, links) });
  return routes;
}

async function problemsOf(routes: (origin: string) => Routes): Promise<string[]> {
  const server = await startFakeServer(routes);
  try {
    return wrong(await examineUrl(server.mcpUrl, { ...fakeUserSignsIn, directory: true }));
  } finally {
    await server.close();
  }
}

const withTool = (changes: Record<string, unknown>) => (origin: string) =>
  acceptable(origin, { 'tools/list': { tools: [tool({}), tool({ name: 'other', ...changes })] } });
const withLinks = (changes: Record<string, unknown>) => (origin: string) =>
  acceptable(origin).set('GET /.well-known/oauth-protected-resource/mcp', {
    body: resourceMetadata(origin, { ...links, ...changes }),
  });

describe('another server', () => {
  test('passes if it has all that the directory requires', async () => {
    expect(await problemsOf(acceptable)).toEqual([]);
  });

  test('passes with the links in the authorization server metadata, and a title among the annotations', async () => {
    const problems = await problemsOf((origin) =>
      withTool({ title: undefined, annotations: { title: 'Other', destructiveHint: false } })(origin)
        .set('GET /.well-known/oauth-protected-resource/mcp', { body: resourceMetadata(origin) })
        .set('GET /.well-known/oauth-authorization-server', {
          body: serverMetadata(origin, {
            op_policy_uri: links.resource_policy_uri,
            service_documentation: links.resource_documentation,
          }),
        }),
    );
    expect(problems).toEqual([]);
  });

  test.for<[string, string, (origin: string) => Routes]>([
    ['tool-untitled', 'a tool without a title', withTool({ title: undefined })],
    ['tool-unhinted', 'a tool without annotations', withTool({ annotations: undefined })],
    [
      'tool-unhinted',
      'a tool that only says it is no reader',
      withTool({ annotations: { readOnlyHint: false } }),
    ],
    [
      'tool-contradictory',
      'a reader that destroys',
      withTool({ annotations: { readOnlyHint: true, destructiveHint: true } }),
    ],
    ['tool-name-refused', 'a name of 65 characters', withTool({ name: 'a'.repeat(65) })],
    ['tool-name-refused', 'a name with a dot', withTool({ name: 'notes.add' })],
    ['privacy-policy-missing', 'no privacy policy', withLinks({ resource_policy_uri: undefined })],
    ['documentation-missing', 'no documentation', withLinks({ resource_documentation: undefined })],
    ['link-not-https', 'a link with http', withLinks({ resource_policy_uri: 'http://example.com/p' })],
    [
      'link-broken',
      'documentation of its own that needs a sign-in',
      (origin) =>
        withLinks({ resource_documentation: `${origin}/docs` })(origin).set('GET /docs', { status: 401 }),
    ],
    [
      'operator-missing',
      'a privacy page of this project that was not filled in',
      (origin) =>
        withLinks({ resource_policy_uri: `${origin}/privacy` })(origin).set('GET /privacy', {
          body: '<p id="operator-missing">Not filled in.</p>',
        }),
    ],
    [
      'claude-callback-refused',
      'a sign-in page for claude.ai alone',
      (origin) =>
        acceptable(origin).set('GET /authorize', (visit: Visit) =>
          visit.url.searchParams.get('redirect_uri')?.startsWith('https://claude.com/')
            ? { status: 400, body: '<p>Unknown redirect_uri</p>' }
            : authorize(origin, visit),
        ),
    ],
    [
      'icons-sent-to-claude',
      'icons in the answer to initialize',
      (origin) =>
        acceptable(origin, {
          initialize: {
            protocolVersion: '2025-11-25',
            capabilities: {},
            serverInfo: { name: 'fake', version: '1', icons: [{ src: `${origin}/icon.png` }] },
          },
        }),
    ],
  ])('is told %s: %s', async ([id, , routes]) => {
    expect(await problemsOf(routes)).toEqual([id]);
  });
});

test('npm run doctor -- --directory signs in without --sign-in', async () => {
  const server = await startFakeServer(acceptable);
  try {
    const args = [server.mcpUrl, '--directory', '--json', '--no-open', '--sign-in-timeout', '1'];
    const { stdout, stderr } = await doctor(args);
    expect(stderr).toContain('Sign in here');
    expect(JSON.parse(stdout).findings).toContainEqual(
      expect.objectContaining({ id: 'directory-links', level: 'ok' }),
    );
  } finally {
    await server.close();
  }
});
