import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'vitest';
import { eventually } from './eventually.ts';
import { freePorts } from './free-ports.ts';

/** What `npm start` runs in a folder, once it is ready. */
export type Started = { origin: string; printed(): string; close(): Promise<void> };

/** Starts a project as `npm start` does, and waits until it is ready. */
export async function npmStart(root: string): Promise<Started> {
  const port = await freePorts();
  const child = spawn(process.execPath, ['dev/start.ts'], {
    cwd: root,
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk;
  });
  const close = async () => {
    if (child.kill('SIGTERM')) await once(child, 'exit');
  };
  try {
    await eventually(() => expect(printed).toMatch(/^ready /m));
  } catch (error) {
    await close();
    throw error;
  }
  return { origin: `http://localhost:${port}`, printed: () => printed, close };
}
