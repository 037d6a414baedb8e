import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Stack, startStack } from '../dev/stack.ts';
import { accessToken, demo } from './support/access-token.ts';
import { effort } from './support/effort.ts';
import { clientKinds } from './support/mcp-clients.ts';
import { modern, poster } from './support/mcp-request.ts';
import { oauthClient } from './support/oauth-client.ts';
import { copyProject, linkPackages, temporaryFolder } from './support/project-copy.ts';
import { extensionFolders, lists, removals, removeExtensions } from './support/removed-extensions.ts';
import { typeErrors, typeErrorsByCopy } from './support/type-check.ts';

it('docs/making-it-yours.md says for each extension what to delete', () => {
  expect([...removals.keys()].sort()).toEqual([...extensionFolders].sort());
});

// Nothing but the other extensions could need one of them: everything else is checked without any, below.
describe('the other extensions have no type error', () => {
  /** The folder of the copy without an extension. */
  const copyWithout = (extension: string) => `without-${extension.replaceAll('/', '-')}`;
  let errors: Map<string, string[]>;

  beforeAll(async () => {
    const { path, remove } = await temporaryFolder();
    try {
      for (const extension of extensionFolders) {
        const copy = join(path, copyWithout(extension));
        await copyProject(copy, ['lib', 'test', 'package.json']);
        await removeExtensions(copy, [extension]);
      }
      const files = extensionFolders.map((extension) => [copyWithout(extension), lists] as const);
      errors = await typeErrorsByCopy(path, new Map(files));
    } finally {
      await remove();
    }
  });

  it.each(extensionFolders)('without %s', (extension) => {
    expect(errors.get(copyWithout(extension))).toEqual([]);
  });
});

/** What they test is on the way of every request. */
const engineTests = [
  'test/architecture.test.ts',
  'test/api/mcp.test.ts',
  'test/api/well-known',
  'test/api/oauth/token.test.ts',
  'test/lib/mcp/modern.test.ts',
  'test/lib/mcp/define',
  'test/kit',
  // The records of sessions and streams: the endpoint's own tests use them too.
  ...effort<string[]>([], ['test/lib/mcp/legacy']),
];

describe('without any extension', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let stack: Stack;
  beforeAll(async () => {
    folder = await temporaryFolder();
    await copyProject(folder.path);
    await linkPackages(folder.path);
    await removeExtensions(folder.path, extensionFolders);
    stack = await startStack({ root: folder.path, port: 0 });
  });
  afterAll(async () => {
    await stack?.close();
    await folder?.remove();
  });

  it('nothing has a type error, tests of the engine included', async () => {
    expect(await typeErrors(folder.path)).toEqual([]);
  }, 300_000);

  it('tests of the engine pass', async () => {
    // One worker loads the server and the local tenant once.
    const args = ['node_modules/vitest/vitest.mjs', 'run', '--maxWorkers', '1', ...engineTests];
    await promisify(execFile)(process.execPath, args, { cwd: folder.path }).catch(({ stdout }) =>
      expect.fail(stdout),
    );
  }, 300_000);

  it.each(clientKinds)('a $name signs in and calls a tool', async ({ connect }) => {
    const client = await connect(`${stack.serverUrl}/mcp`);
    expect(await client.callTool('whoami')).toMatchObject({ structuredContent: { email: demo.username } });
    await client.close();
  });

  const declared = {
    extensions: {
      'io.modelcontextprotocol/ui': { mimeTypes: ['text/html;profile=mcp-app'] },
      'io.modelcontextprotocol/tasks': {},
    },
  };
  const send = async (method: string, params: Record<string, unknown> = {}) =>
    (await poster(stack, await accessToken(stack))(...modern(method, params, declared))).last;

  it.each(['skills/list', 'tasks/get'])('%s is not a method', async (method) => {
    expect((await send(method)).error?.code).toBe(-32601);
  });

  it('no extension is declared, also to a client that declares some', async () => {
    const { result } = await send('server/discover');
    expect(result).toHaveProperty('capabilities.tools');
    expect(result).not.toHaveProperty('capabilities.extensions');
  });

  it('a tool that has a view is served without it', async () => {
    const { tools } = z
      .object({ tools: z.array(z.looseObject({ name: z.string() })) })
      .parse((await send('tools/list')).result);
    const board = tools.find(({ name }) => name === 'notes_board');
    expect(board).toHaveProperty('title');
    expect(board).not.toHaveProperty('_meta');
    expect(JSON.stringify(await send('resources/list'))).not.toContain('ui://');
    expect((await send('tools/call', { name: 'notes_board', arguments: {} })).result).toMatchObject({
      content: [{ text: 'No notes.' }],
      structuredContent: { notes: [] },
    });
  });

  it.each(['client_credentials', 'urn:ietf:params:oauth:grant-type:jwt-bearer'])(
    'the grant type %s is neither advertised nor accepted',
    async (grantType) => {
      const metadata = await fetch(`${stack.serverUrl}/.well-known/oauth-authorization-server`);
      expect(await metadata.json()).toMatchObject({
        grant_types_supported: ['authorization_code', 'refresh_token'],
      });
      const client_id = await oauthClient(stack.serverUrl).register();
      const body = new URLSearchParams({ grant_type: grantType, client_id, assertion: 'a' });
      const refused = await fetch(`${stack.serverUrl}/oauth/token`, { method: 'POST', body });
      expect(await refused.json()).toMatchObject({ error: 'unsupported_grant_type' });
    },
  );
});
