import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { type Stack, startStack } from '../dev/stack.ts';
import { accessToken, demo } from './support/access-token.ts';
import { clientKinds } from './support/mcp-clients.ts';
import { modern, poster } from './support/mcp-request.ts';
import { oauthClient } from './support/oauth-client.ts';
import { copyProject, linkPackages, temporaryFolder, writeFiles } from './support/project-copy.ts';
import {
  extensionFolders,
  lists,
  removals,
  removeExtensions,
  restoreExtensions,
} from './support/removed-extensions.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  await copyProject(folder.path);
  await linkPackages(folder.path);
});
afterAll(() => folder?.remove());

/** Runs one of the packages' commands in the copy. */
const run = (command: string, ...args: string[]) =>
  promisify(execFile)(process.execPath, [join(folder.path, 'node_modules', command), ...args], {
    cwd: folder.path,
  }).catch(({ stdout }) => expect.fail(stdout));

it('docs/making-it-yours.md says for each extension what to delete', () => {
  expect([...removals.keys()].sort()).toEqual([...extensionFolders].sort());
});

// Nothing but the other extensions could need one of them: everything else is checked without any, below.
it.each(extensionFolders)(
  'without %s, the other extensions have no type error',
  async (extension) => {
    onTestFinished(() => restoreExtensions(folder.path, [extension]));
    await removeExtensions(folder.path, [extension]);
    const project = { extends: './tsconfig.json', include: [], files: lists };
    await writeFiles(folder.path, { 'tsconfig.extensions.json': JSON.stringify(project) });
    await run('typescript/bin/tsc', '--project', 'tsconfig.extensions.json');
  },
  120_000,
);

/** What they test is on the way of every request. */
const engineTests = [
  'test/architecture.test.ts',
  'test/api/mcp.test.ts',
  'test/api/well-known',
  'test/api/oauth/token.test.ts',
  'test/lib/mcp/modern.test.ts',
  'test/lib/mcp/legacy',
  'test/lib/mcp/define',
  'test/kit',
];

describe('without any extension', () => {
  let stack: Stack;
  beforeAll(async () => {
    await removeExtensions(folder.path, extensionFolders);
    stack = await startStack({ root: folder.path, port: 0 });
  });
  afterAll(() => stack?.close());

  it('nothing has a type error, tests of the engine included', async () => {
    await run('typescript/bin/tsc');
  }, 120_000);

  it('tests of the engine pass', async () => {
    await run('vitest/vitest.mjs', 'run', ...engineTests);
  }, 120_000);

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
