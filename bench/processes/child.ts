import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { FromChild, ToChild } from './messages.ts';

type Usage = Extract<FromChild, { kind: 'usage' }>;

export type Child = {
  url: string;
  /** Processor time so far, in milliseconds, and the memory that the process holds now, in bytes. */
  usage(): Promise<Usage>;
  close(): Promise<void>;
};

/**
 * Starts a module of this folder as a process that serves HTTP. What it prints is read and dropped, as the platform
 * would read it.
 *
 * @param env replaces the environment.
 */
export async function startChild(
  module: string,
  args: string[],
  env: Record<string, string | undefined>,
  execArgv: string[] = [],
): Promise<Child> {
  const child = fork(new URL(module, import.meta.url), args, {
    env: { PATH: process.env.PATH, ...env },
    execArgv,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  child.stdout?.resume();
  const { url } = await next(child, 'ready');
  return {
    url,
    usage() {
      const answer = next(child, 'usage');
      child.send('usage' satisfies ToChild);
      return answer;
    },
    async close() {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}

function next<K extends FromChild['kind']>(child: ChildProcess, kind: K) {
  return new Promise<Extract<FromChild, { kind: K }>>((resolve, reject) => {
    const onMessage = (message: FromChild) => {
      if (message.kind !== kind) return;
      child.off('message', onMessage);
      child.off('exit', onExit);
      resolve(message as Extract<FromChild, { kind: K }>);
    };
    const onExit = (code: number | null) => reject(new Error(`A process ended with ${code}`));
    child.on('message', onMessage);
    child.once('exit', onExit);
  });
}
