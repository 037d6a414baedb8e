import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { Redis } from 'ioredis';
import { ensureCommand } from './debian-package.ts';

/** How long a server may take to answer its first PING, and how often it is asked; milliseconds. */
const PATIENCE = 10_000;
const RETRY_AFTER = 20;

/** Starts an empty Redis on a free loopback port, without persistence; `close` stops just this one. */
export async function startRedis(): Promise<{ url: string; close(): Promise<void> }> {
  ensureCommand('redis-server', 'redis-server');
  const port = await freePort();
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const server = spawn('redis-server', settings, { stdio: 'ignore' });
  const stopWithUs = () => server.kill();
  process.once('exit', stopWithUs);
  const close = async () => {
    process.off('exit', stopWithUs);
    if (server.exitCode !== null || server.signalCode !== null) return;
    server.kill();
    await once(server, 'exit');
  };
  try {
    await answersPing(port, server);
  } catch (error) {
    await close();
    throw error;
  }
  return { url: `redis://127.0.0.1:${port}`, close };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answersPing(port: number, server: ChildProcess): Promise<void> {
  const client = new Redis({
    host: '127.0.0.1',
    port,
    protocol: 2,
    retryStrategy: () => RETRY_AFTER,
    maxRetriesPerRequest: PATIENCE / RETRY_AFTER,
  });
  client.on('error', () => {});
  const giveUp = () => client.disconnect();
  server.once('exit', giveUp);
  try {
    await client.ping();
  } catch (cause) {
    throw new Error(`redis-server on port ${port} did not answer`, { cause });
  } finally {
    server.off('exit', giveUp);
    client.disconnect();
  }
}
