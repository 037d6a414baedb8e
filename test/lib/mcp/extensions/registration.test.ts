import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Stack, startStack } from '../../../../dev/stack.ts';
import { accessToken, other } from '../../../support/access-token.ts';
import { type JsonRpc, modern, poster, rawClient, request } from '../../../support/mcp-request.ts';
import { copyProject, linkPackages, temporaryFolder, writeFiles } from '../../../support/project-copy.ts';
import { extensionFolders, removeExtensions } from '../../../support/removed-extensions.ts';

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
  await removeExtensions(folder.path, extensionFolders);
  await writeFiles(folder.path, {
    'lib/mcp/extensions/registered.ts': registration,
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
