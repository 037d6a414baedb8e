import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createInterface } from 'node:readline';

export type RedisServer = { url: string; close(): Promise<void> };

// The shell kills the server when its input ends, and its input ends when this process does, even after a crash.
const script = 'redis-server "$@" & server=$!; cat; kill "$server"; wait "$server"';

/** Starts the installed redis-server on a free loopback port, without persistence. */
export async function startRedisServer(): Promise<RedisServer> {
  const port = await freePort();
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn('sh', ['-c', script, 'redis-server', ...settings], {
    // Outside the terminal's process group: Ctrl+C ends it through `close`, after the functions have finished.
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const exited = once(child, 'exit');
  const close = async () => {
    child.stdin?.end();
    await exited;
  };
  if (!(await waitUntilReady(child))) {
    await close();
    throw new Error('redis-server is not installed. Install it, or set REDIS_URL to a running Redis.');
  }
  return { url: `redis://127.0.0.1:${port}`, close };
}

/** Returns false if the server ends before it is ready. */
async function waitUntilReady(child: ChildProcess): Promise<boolean> {
  if (!child.stdout) return false;
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) if (line.includes('Ready to accept connections')) return true;
  return false;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
