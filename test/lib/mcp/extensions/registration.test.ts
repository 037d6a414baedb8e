import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Stack, startStack } from '../../../../dev/stack.ts';
import { accessToken, other } from '../../../support/access-token.ts';
import { type JsonRpc, modern, poster, rawClient, request } from '../../../support/mcp-request.ts';
import { copyProject, linkPackages, temporaryFolder, writeFiles } from '../../../support/project-copy.ts';

/** Uses everything that an extension can. */
const greetings = `
import { z } from 'zod';
import type { Extension } from '../../server/extension.ts';

const declaration = z.object({ language: z.string() });

export const greetings: Extension = {
  identifier: 'com.example/greetings',
  serve: ({ declared, era }) => {
    const client = declaration.safeParse(declared).data;
    if (!client) return undefined;
    return {
      settings: { languages: ['en'] },
      register: ({ server }) =>
        server.setRequestHandler('greetings/get', { params: z.object({ name: z.string() }) }, ({ name }) => ({
          greeting: \`\${client.language} \${era} \${name}\`,
        })),
      toolMeta: (tool) => (tool.name === 'whoami' ? { greeted: true } : undefined),
      callTool: async ({ tool }, run) =>
        tool.name === 'whoami' ? { resultType: 'greeting', greeting: 'Hello' } : run(),
      respond: async (next) => {
        const response = await next();
        const headers = new Headers(response.headers);
        headers.set('greetings', era);
        return new Response(response.body, { status: response.status, headers });
      },
    };
  },
};
`;

const registration = `export { greetings } from './greetings/extension.ts';\n`;
const declared = { extensions: { 'com.example/greetings': { language: 'en' } } };

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let stack: Stack;
let token: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  await copyProject(folder.path);
  await linkPackages(folder.path);
  const deleted = [
    ...['apps', 'connected-accounts', 'skills', 'telemetry'].map((name) => `lib/mcp/extensions/${name}`),
    'lib/skills',
    // Tools that use connected accounts.
    ...['lib/tools/upcoming-events.ts', 'test/mcp-server/features/accounts.ts'],
    ...['apps', 'skills', 'skill-rules', 'telemetry', 'telemetry-off', 'telemetry-on-vercel'].map(
      (name) => `test/lib/mcp/extensions/${name}.test.ts`,
    ),
  ];
  for (const path of deleted) await rm(join(folder.path, path), { recursive: true });
  const registered = await readFile(join(folder.path, 'lib/mcp/extensions/registered.ts'), 'utf8');
  const withoutAccounts = async (path: string) => {
    const source = await readFile(join(folder.path, path), 'utf8');
    return { [path]: source.replace(/^.*\b(?:upcomingEvents|accounts)\b.*\n/gm, '') };
  };
  await writeFiles(folder.path, {
    ...(await withoutAccounts('lib/tools/index.ts')),
    ...(await withoutAccounts('test/mcp-server/features/index.ts')),
    'lib/mcp/extensions/registered.ts':
      registered.replace(/^export \{ (?:apps|agentSkills|connectedAccounts|telemetry) \}.*\n/gm, '') +
      registration,
    'lib/mcp/extensions/greetings/extension.ts': greetings,
  });
  stack = await startStack({ root: folder.path, port: 0 });
  token = await accessToken(stack);
});

afterAll(async () => {
  await stack?.close();
  await folder?.remove();
});

const greet = { name: 'Ada' };
const callWhoami = { name: 'whoami', arguments: {} };
const toolList = z.object({ tools: z.array(z.object({ name: z.string(), _meta: z.unknown().optional() })) });
const metaOf = ({ result }: JsonRpc, name: string) =>
  toolList.parse(result).tools.find((tool) => tool.name === name)?._meta;
const introduction = z.object({ capabilities: z.object({ extensions: z.unknown().optional() }) });
const extensionsOf = ({ result }: JsonRpc) => introduction.parse(result).capabilities.extensions;

/** Sends a request as a client that declared these capabilities. */
const eras: [
  string,
  (capabilities: object) => Promise<(method: string, params?: object) => Promise<JsonRpc>>,
][] = [
  [
    'modern',
    async (capabilities) => async (method, params) => {
      const answer = await poster(stack, token)(...modern(method, { ...params }, { ...capabilities }));
      return { ...answer.last, method: answer.headers.get('greetings') ?? '' };
    },
  ],
  [
    'legacy',
    async (capabilities) => {
      const client = rawClient(stack, token);
      await client.initialize({ ...capabilities });
      return async (method, params) => {
        const answer = await client.send(request(method, { ...params }));
        return { ...answer.last, method: answer.headers.get('greetings') ?? '' };
      };
    },
  ],
];

describe.each(eras)('an extension that is registered with one line, %s', (era, connect) => {
  it('serves its method, knowing what the client declared', async () => {
    const send = await connect(declared);
    const { result, method } = await send('greetings/get', greet);
    expect(result).toMatchObject({ greeting: `en ${era} Ada` });
    expect(method).toBe(era);
  });

  it('adds to the _meta of a tool', async () => {
    const send = await connect(declared);
    const list = await send('tools/list');
    expect(metaOf(list, 'whoami')).toEqual({ greeted: true });
    expect(metaOf(list, 'add_note')).toBeUndefined();
  });

  it('answers a call in its own way, and leaves other calls alone', async () => {
    const send = await connect(declared);
    expect((await send('tools/call', { name: 'list_notes', arguments: {} })).result).toMatchObject({
      content: [{ text: 'The notebook is empty.' }],
    });
    if (era === 'modern')
      expect((await send('tools/call', callWhoami)).result).toMatchObject({
        resultType: 'greeting',
        greeting: 'Hello',
      });
  });

  it('does not exist for a client that has not declared it', async () => {
    const send = await connect({});
    const { error, method } = await send('greetings/get', greet);
    expect(error?.code).toBe(-32601);
    expect(method).toBe('');
    expect(metaOf(await send('tools/list'), 'whoami')).toBeUndefined();
    expect((await send('tools/call', callWhoami)).result).toMatchObject({ structuredContent: {} });
  });
});

it('is declared to the client that declared it, and to no other', async () => {
  const discover = async (capabilities: Record<string, unknown>) =>
    extensionsOf((await poster(stack, token)(...modern('server/discover', {}, capabilities))).last);
  const initialize = async (capabilities: Record<string, unknown>) => {
    const params = { protocolVersion: '2025-11-25', capabilities, clientInfo: { name: 'c', version: '1' } };
    return extensionsOf((await poster(stack, token)(request('initialize', params))).last);
  };
  const settings = { 'com.example/greetings': { languages: ['en'] } };
  expect(await discover(declared)).toEqual(settings);
  expect(await initialize(declared)).toEqual(settings);
  expect(await discover({})).toBeUndefined();
  expect(await initialize({})).toBeUndefined();
});

it('does not exist for a legacy client without a session', async () => {
  const { last } = await poster(
    stack,
    await accessToken(stack, { user: other }),
  )(request('greetings/get', greet));
  expect(last.error?.code).toBe(-32601);
});

it('does not exist for a client whose declaration is not what the extension expects', async () => {
  const wrong = { extensions: { 'com.example/greetings': { language: 7 } } };
  const { last } = await poster(stack, token)(...modern('greetings/get', greet, wrong));
  expect(last.error?.code).toBe(-32601);
});

describe('a server without Apps, connected accounts, Skills and telemetry: their folders and lines were deleted', () => {
  const shows = {
    extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html;profile=mcp-app'] } },
  };

  it('has no type error', async () => {
    const compiler = join(folder.path, 'node_modules/typescript/bin/tsc');
    await promisify(execFile)(process.execPath, [compiler, '--noEmit'], { cwd: folder.path }).catch(
      ({ stdout }) => expect.fail(stdout),
    );
  }, 180_000);

  it('serves a tool that has a view to a client that shows views, without it', async () => {
    const post = poster(stack, token);
    expect(metaOf((await post(...modern('tools/list', {}, shows))).last, 'notes_board')).toBeUndefined();
    expect(JSON.stringify((await post(...modern('resources/list', {}, shows))).last)).not.toContain('ui://');
    const { last } = await post(...modern('tools/call', { name: 'notes_board', arguments: {} }, shows));
    expect(last.result).toMatchObject({ content: [{ text: 'No notes.' }], structuredContent: { notes: [] } });
  });

  it('has no tool that uses an account at another company, and everything else', async () => {
    const { result } = (await poster(stack, token)(...modern('tools/list'))).last;
    const names = toolList.parse(result).tools.map(({ name }) => name);
    expect(names).toContain('add_note');
    expect(names).not.toContain('upcoming_events');
  });

  it('knows no method of Skills', async () => {
    const { last } = await poster(stack, token)(...modern('skills/list'));
    expect(last.error?.code).toBe(-32601);
  });
});
