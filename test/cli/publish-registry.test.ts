import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { identity } from '../../lib/tools/identity.ts';
import { serverJson } from '../support/published-schemas.ts';

const command = fileURLToPath(new URL('../../cli/publish-registry.ts', import.meta.url));
const run = (...args: string[]) => promisify(execFile)(process.execPath, [command, ...args]);

it('--dry-run prints what the registry is told, in its current schema', async () => {
  const { stdout } = await run('https://notes.example.com/mcp', '--dry-run');
  expect(serverJson.parse(JSON.parse(stdout))).toEqual({
    $schema: 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json',
    name: `com.example.notes/${identity.name}`,
    version: identity.version,
    title: identity.title,
    description: identity.description,
    ...(identity.websiteUrl && { websiteUrl: identity.websiteUrl }),
    remotes: [{ type: 'streamable-http', url: 'https://notes.example.com/mcp' }],
  });
});

it.each([
  ['no address', []],
  ['an address without TLS', ['http://notes.example.com', '--dry-run']],
  ['two addresses', ['https://a.example', 'https://b.example', '--dry-run']],
  ['an unknown flag', ['https://a.example', '--dry']],
])('refuses %s', async (_what, args) => {
  await expect(run(...args)).rejects.toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.not.stringContaining('    at '),
  });
});
