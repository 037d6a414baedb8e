import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import {
  createApplicationInputHandler,
  createTaskSessionFromClient,
  type RawClientDispatch,
} from '@modelcontextprotocol/ext-tasks/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Stack, startStack } from '../../dev/stack.ts';
import { poster } from '../support/mcp-request.ts';
import { oauthClient } from '../support/oauth-client.ts';
import { copyProject, linkPackages, temporaryFolder, writeFiles } from '../support/project-copy.ts';
import { tasksCapability } from '../support/task-client.ts';

const rpc = z.object({ method: z.string(), params: z.record(z.string(), z.json()) });
const dispatched = z.union([
  z.object({ kind: z.literal('result'), result: z.json() }),
  z.object({
    kind: z.literal('error'),
    error: z.object({ code: z.int(), message: z.string(), data: z.json().optional() }),
  }),
]);

/** A user who confirms everything. */
const input = createApplicationInputHandler({
  elicitation: () => ({ action: 'accept', content: { confirm: true } }),
  sampling: () => Promise.reject(new Error('Nobody asked for this')),
  roots: () => ({ roots: [] }),
});

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let stack: Stack;

/** This repository with the tools that the tests of tasks use, as somebody would add them. */
beforeAll(async () => {
  folder = await temporaryFolder();
  await copyProject(folder.path);
  await linkPackages(folder.path);
  const tools = await readFile(
    fileURLToPath(new URL('../mcp-server/features/tasks.ts', import.meta.url)),
    'utf8',
  );
  await writeFiles(folder.path, {
    'lib/tools/tasks.ts': tools.replaceAll("'../../../lib/", "'../"),
    'lib/tools/index.ts': `export { tasks as features } from './tasks.ts';\n`,
  });
  stack = await startStack({ root: folder.path, port: 0, instances: 2 });
});

afterAll(async () => {
  await stack?.close();
  await folder?.remove();
});

describe('the official client for tasks, behind the whole sign-in, with two instances', () => {
  const connect = async () => {
    const oauth = oauthClient(stack.serverUrl);
    const { access_token } = await oauth.tokens(await oauth.register());
    const clientInfo = { name: 'judge', version: '1' };
    const clientCapabilities = { elicitation: { form: {} }, extensions: tasksCapability };
    const sdk = new Client(clientInfo, {
      capabilities: clientCapabilities,
      versionNegotiation: { mode: { pin: '2026-07-28' } },
    });
    await sdk.connect(
      new StreamableHTTPClientTransport(new URL(stack.mcpUrl), {
        requestInit: { headers: { authorization: `Bearer ${access_token}` } },
      }),
    );
    let instance = 0;
    const rawDispatch: RawClientDispatch = async (request) => {
      const { method, params } = rpc.parse(request);
      const { last } = await poster(stack, access_token)(
        { jsonrpc: '2.0', id: ++instance, method, params },
        {
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': method,
          'mcp-name': String(params.name ?? params.taskId),
          'x-local-instance': String(instance % 2),
        },
      );
      return dispatched.parse(
        last.error ? { kind: 'error', error: last.error } : { kind: 'result', result: last.result },
      );
    };
    const session = createTaskSessionFromClient(sdk, {
      endpointId: 'test',
      v2RequestFraming: { protocolVersion: '2026-07-28', clientInfo, clientCapabilities },
      rawDispatch,
      onInputRequest: input,
    });
    return { session, sdk };
  };

  it('gets results, answers questions, and cancels, each request at another instance', async () => {
    const { session, sdk } = await connect();
    const computing = await session.callTool('slow_compute', { seconds: 2, label: 'x' });
    expect(computing.kind).toBe('task');
    expect((await computing.settle()).outcome).toMatchObject({
      status: 'completed',
      result: { content: [{ text: 'Computed x.' }] },
    });
    const deleting = await session.callTool('confirm_delete', { filename: 'b.txt' });
    expect((await deleting.settle()).outcome).toMatchObject({
      status: 'completed',
      result: { content: [{ text: 'Deleted b.txt.' }] },
    });
    const long = await session.callTool('slow_compute', { seconds: 60, label: 'long' });
    await long.cancel();
    expect((await long.settle()).outcome.status).toBe('cancelled');
    expect((await session.callTool('greet', { name: 'Ada' })).kind).toBe('immediate');
    await session.close();
    await sdk.close();
  });
});
