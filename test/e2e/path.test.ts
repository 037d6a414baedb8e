import { describe, expect, it } from 'vitest';
import type { Stack, StackOptions } from '../../dev/stack.ts';
import { identity } from '../../lib/tools/identity.ts';
import { adminUser } from '../support/browser-user.ts';
import { type ClientKind, type Connected, clientKinds } from '../support/mcp-clients.ts';
import { useStack } from '../support/stack.ts';

const stacks: { name: string; options: StackOptions }[] = [
  { name: 'sources, one instance, memory store', options: {} },
  { name: 'sources, two instances, real Redis', options: { instances: 2, store: 'redis' } },
  { name: 'built by Vercel, two instances, memory store', options: { built: true, instances: 2 } },
  { name: 'built by Vercel, one instance, real Redis', options: { built: true, store: 'redis' } },
];

describe.each(stacks)('from discovery to a tool call: $name', ({ options }) => {
  const stack = useStack(options);

  const ways = clientKinds.flatMap((kind) => [
    { kind, way: kind.name, dropSession: false },
    { kind, way: `${kind.name}, session header withheld`, dropSession: true },
  ]);

  it.each(ways)('$way', async ({ kind, dropSession }) => {
    const client = await connect(kind, stack(), dropSession);
    await refresh(client);
    await callEverything(client);
    await revoke(client, stack());
    await client.close();
  });
});

function connect(kind: ClientKind, stack: Stack, dropSession: boolean): Promise<Connected> {
  return kind.connect(stack.mcpUrl, {
    dropSession,
    user: adminUser,
    elicit: () => ({ action: 'accept', content: { delete: true } }),
  });
}

/** Calls every tool, reads the resource and gets the prompt, as a curious user would. */
async function callEverything(client: Connected): Promise<void> {
  expect(client.serverName).toBe(identity.name);
  expect((await client.listTools()).sort()).toEqual([
    'add_note',
    'delete_note',
    'list_notes',
    'notes_board',
    'search_notes',
    'server_status',
    'update_note',
    'whoami',
  ]);

  const whoami = await client.callTool('whoami');
  expect(whoami.structuredContent).toMatchObject({
    email: adminUser.email,
    name: 'Demo Administrator',
    clientId: expect.any(String),
    scopes: expect.arrayContaining(['mcp:read', 'mcp:write']),
  });

  const title = `Milk ${crypto.randomUUID()}`;
  const added = await client.callTool('add_note', { title, text: 'Two litres' });
  expect(added.isError).toBeFalsy();
  const uri = /note:\/\/\w+/.exec(textOf(added))?.[0] ?? '';
  const id = uri.replace('note://', '');

  expect(textOf(await client.callTool('list_notes'))).toContain(title);
  expect(textOf(await client.callTool('search_notes', { query: title.slice(5) }))).toContain(id);
  await client.callTool('update_note', { id, title, text: 'Three litres' });
  expect(await client.callTool('notes_board', { query: title })).toMatchObject({
    structuredContent: { notes: [{ id, title, text: 'Three litres' }], leftOut: 0, canChange: true },
  });
  expect(await client.listResources()).toContain(uri);
  expect(JSON.stringify(await client.readResource(uri))).toContain('Three litres');
  expect(await client.listPrompts()).toContain('summarize_notes');
  expect(JSON.stringify(await client.getPrompt('summarize_notes'))).toContain(title);

  expect(textOf(await client.callTool('delete_note', { id }))).toContain('Deleted');
  expect(textOf(await client.callTool('list_notes'))).not.toContain(title);

  await expect(client.callTool('server_status')).rejects.toThrow();
  await client.stepUp('mcp:read mcp:write mcp:admin offline_access');
  expect((await client.callTool('server_status')).isError).toBeFalsy();
}

async function refresh(client: Connected): Promise<void> {
  const before = client.tokens();
  await client.refresh();
  expect(client.tokens().access_token).not.toBe(before.access_token);
}

async function revoke(client: Connected, stack: Stack): Promise<void> {
  const { refresh_token: token = '' } = client.tokens();
  const revocation = await fetch(`${stack.serverUrl}/oauth/revoke`, {
    method: 'POST',
    body: new URLSearchParams({ token, client_id: client.clientId() }),
  });
  expect(revocation.status).toBe(200);
  const refused = await fetch(`${stack.serverUrl}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: token,
      client_id: client.clientId(),
    }),
  });
  expect([refused.status, (await refused.json()).error]).toEqual([400, 'invalid_grant']);
}

function textOf(result: { content: unknown }): string {
  return JSON.stringify(result.content);
}
