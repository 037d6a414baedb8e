import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Stack } from '../../dev/stack.ts';
import { accessToken, administrator } from '../support/access-token.ts';
import { startBearerProxy } from '../support/bearer-proxy.ts';

const suite = fileURLToPath(new URL('../../node_modules/.bin/conformance', import.meta.url));

/** Runs the official conformance suite against a server, as a client of the administrator. */
export async function runSuite(
  stack: Stack,
  ...what: string[]
): Promise<{ code: number | null; output: string }> {
  const token = await accessToken(stack, { user: administrator, scope: 'mcp:admin' });
  const proxy = await startBearerProxy(stack.serverUrl, token);
  const folder = await mkdtemp(join(tmpdir(), 'conformance-'));
  try {
    return await run(suite, ['server', '--url', `${proxy.url}/mcp`, ...what], folder);
  } finally {
    await proxy.close();
    await rm(folder, { recursive: true });
  }
}

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
