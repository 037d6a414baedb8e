import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startStack } from '../dev/stack.ts';
import { flagsFor, newAccount } from './cli/setup/fixture.ts';
import { eventually } from './support/eventually.ts';
import { clientKinds } from './support/mcp-clients.ts';
import { modern, poster, textOf } from './support/mcp-request.ts';
import { npmStart, type Started } from './support/npm-start.ts';
import { copyProject, linkPackages, temporaryFolder, writeFiles } from './support/project-copy.ts';
import { typeErrors } from './support/type-check.ts';

/** A server that shares no name with the example: its tools, its identity, its scopes. */
const ownFiles = {
  'lib/scopes.ts': `
export const scopeDescriptions = {
  'orders:read': 'See your orders',
  'orders:refund': 'Refund your orders',
} as const;

export type Scope = keyof typeof scopeDescriptions;

export const baselineScopes: readonly [Scope, ...Scope[]] = ['orders:read'];

export const assignedScopes: readonly Scope[] = [];

export const userClaims: readonly ('name' | 'email')[] = [];

export const includedScopes: { readonly [scope in Scope]?: readonly Scope[] } = {
  'orders:refund': ['orders:read'],
};
`,
  'lib/tools/identity.ts': `
import type { Identity } from '../mcp/define/offer.ts';

export const identity: Identity = { name: 'orders', title: 'Orders', version: '7.8.9' };
`,
  'lib/tools/refund-order.ts': `
import { z } from 'zod';
import { defineTool } from '../mcp/define/tool.ts';

export const refundOrder = defineTool({
  name: 'refund_order',
  title: 'Refund an order',
  description: 'Refunds an order of the user.',
  scopes: ['orders:refund'],
  annotations: { readOnlyHint: false, destructiveHint: true },
  input: z.object({ order: z.string().max(20) }),
  handler: ({ order }, { principal }) => \`Refunded \${order} with \${principal.scopes.join(' ')}.\`,
});
`,
  'lib/tools/index.ts': `
import type { Feature } from '../mcp/define/feature.ts';
import { refundOrder } from './refund-order.ts';

export const features: readonly Feature[] = [refundOrder];
`,
  'lib/skills/index.ts': `
import type { SkillFolder } from '../mcp/define/skill.ts';

export const skills: readonly SkillFolder[] = [
  { folder: new URL('./refunding/', import.meta.url), scopes: ['orders:refund'] },
];
`,
  'lib/skills/refunding/SKILL.md': `---
name: refunding
description: Refunds orders. Use it when the user wants money back.
---

Call \`refund_order\` once for each order.
`,
  'public/robots.txt': 'User-agent: *\nDisallow: /orders\n',
};

/** Words of the example that a server of one's own must not show anywhere. */
const example = /mcp:(read|write|admin)|mcp-auth0-vercel|whoami|note/i;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: Started;

beforeAll(async () => {
  folder = await temporaryFolder();
  const root = folder.path;
  await copyProject(root);
  await linkPackages(root);
  for (const path of ['lib/tools', 'lib/skills', 'lib/scopes.ts', 'public', 'test/lib/tools'])
    await rm(join(root, path), { recursive: true, force: true });
  await writeFiles(root, ownFiles);

  server = await npmStart(root);
});

afterAll(async () => {
  await server?.close();
  await folder?.remove();
});

describe('a server whose lib/tools/, lib/skills/, lib/scopes.ts and public/ were replaced, and nothing else', () => {
  it('has no type error, tests of the engine included', async () => {
    expect(await typeErrors(folder.path)).toEqual([]);
  }, 300_000);

  it('is tested by npm test, without the tests that use the example', async () => {
    const args = [
      'node_modules/vitest/vitest.mjs',
      'list',
      '--filesOnly',
      '--project=parts*',
      '--project=system*',
    ];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder.path });
    expect(stdout.match(/test\/\S+/g)?.sort()).toEqual([
      'test/lib/scopes.test.ts',
      'test/own-server.test.ts',
    ]);
  });

  it.each(clientKinds)('is signed in to, stepped up and called by a $name', async ({ connect }) => {
    const client = await connect(`${server.origin}/mcp`);
    expect(client.serverName).toBe('orders');
    expect(await client.listTools()).toEqual(['refund_order']);
    expect(client.tokens().scope).toBe('orders:read offline_access');
    await expect(client.callTool('refund_order', { order: 'A-1' })).rejects.toThrow();

    await client.stepUp('orders:read orders:refund offline_access');
    const { isError, content } = await client.callTool('refund_order', { order: 'A-1' });
    expect(isError).toBeFalsy();
    expect(JSON.stringify(content)).toMatch(/Refunded A-1 with .*orders:read orders:refund/);
    await client.close();
  });

  it.each([
    ['/', 'orders'],
    ['/health', '"name":"orders","version":"7.8.9"'],
    ['/.well-known/oauth-protected-resource/mcp', '"scopes_supported":["orders:read"]'],
    ['/.well-known/oauth-authorization-server', '["orders:read","orders:refund","offline_access"]'],
    ['/robots.txt', 'Disallow: /orders'],
  ])('says at %s %j, and nothing of the example', async (path, expected) => {
    const text = await (await fetch(server.origin + path, { headers: { accept: 'text/html' } })).text();
    expect(text).toContain(expected);
    expect(text).not.toMatch(example);
  });

  it('names its own scope in the challenge', async () => {
    const { headers } = await fetch(`${server.origin}/mcp`, { method: 'POST' });
    expect(headers.get('www-authenticate')).toContain('scope="orders:read"');
  });

  it('is introduced by npm start under its own name', () => {
    expect(server.printed()).toContain(`claude mcp add --transport http orders ${server.origin}/mcp`);
    expect(server.printed()).not.toMatch(example);
  });

  it('is set up at a tenant with its own scopes', async () => {
    const account = await newAccount();
    const args = ['cli/setup.ts', ...flagsFor(account), '--dry-run'];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder.path });
    expect(stdout).toContain('orders:read orders:refund');
    expect(stdout).not.toMatch(example);
  });

  it('opens every tool to everyone where there is no sign-in', async () => {
    const env = { OAUTH_ENABLED: 'false' };
    const open = await startStack({ root: folder.path, port: 0, env });
    onTestFinished(open.close);
    const call = modern('tools/call', { name: 'refund_order', arguments: { order: 'A-1' } });
    expect(textOf(await poster(open)(...call))).toMatch(/^Refunded A-1/);
  });

  it('serves the tool that is written while it runs', async () => {
    const source = ownFiles['lib/tools/refund-order.ts'].replace('refund_order', 'refund_again');
    await writeFile(join(folder.path, 'lib/tools/refund-order.ts'), source);
    await eventually(() => expect(server.printed()).toMatch(/^reloaded$/m));
    const page = await (await fetch(server.origin, { headers: { accept: 'text/html' } })).text();
    expect(page).toContain('refund_again');
  });
});
