import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { accessToken, administrator } from '../support/access-token.ts';
import { startBearerProxy } from '../support/bearer-proxy.ts';
import { useStack } from '../support/stack.ts';

const stack = useStack({
  root: fileURLToPath(new URL('../mcp-server', import.meta.url)),
  instances: 3,
  env: { MCP_STANDING_STREAM: 'on' },
});

const suite = fileURLToPath(new URL('../../node_modules/.bin/conformance', import.meta.url));

// No expected failures: whatever a revision requires must pass.
// Beside what each revision requires, the scenarios that concern this server all the same. Not run are those of
// an extension that it does not offer: skills.
test.each([
  ...['2025-11-25', '2026-07-28'].map((revision) => ['--requirements', revision]),
  ...[
    'server-session-lifecycle',
    'server-sse-polling',
    'json-schema-2020-12',
    'http-header-validation',
    'http-custom-header-server-validation',
    'tasks-lifecycle',
    'tasks-capability-negotiation',
    'tasks-wire-fields',
    'tasks-request-state-removal',
    'tasks-mrtr-input',
    'tasks-request-headers',
    'tasks-dispatch-and-envelope',
    'tasks-required-task-error',
    'tasks-mrtr-composition',
  ].map((scenario) => ['--scenario', scenario]),
])(
  'the official conformance suite passes, against three instances: %s %s',
  async (...what) => {
    const token = await accessToken(stack(), { user: administrator, scope: 'mcp:admin' });
    const proxy = await startBearerProxy(stack().serverUrl, token);
    const folder = await mkdtemp(join(tmpdir(), 'conformance-'));
    try {
      const args = ['server', '--url', `${proxy.url}/mcp`, ...what];
      const { code, output } = await run(suite, args, folder);
      expect(code, output).toBe(0);
    } finally {
      await proxy.close();
      await rm(folder, { recursive: true });
    }
  },
  180_000,
);

function run(command: string, args: string[], cwd: string): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += chunk;
      });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}
