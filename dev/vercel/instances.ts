import { type ChildProcess, fork } from 'node:child_process';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { FromInstance, InstanceOptions, ToInstance } from './instance.ts';

/** A running instance that a request can be sent to. */
export type Destination = { index: number; port: number; agent: Agent; exited: Promise<void> };

/** A line that an instance printed. */
export type InstanceLine = { instance: number; stream: 'stdout' | 'stderr'; text: string };

export type Instances = {
  readonly count: number;
  /** The next instance in turn, or the requested one. Starts it if it is not running. */
  take(index?: number): Promise<Destination>;
  /** Process ids of the running instances, by index. */
  processIds(): number[];
  /** Kills an instance as a crash would (SIGKILL). The next request to it starts a new one. */
  kill(index: number): Promise<void>;
  /** Replaces every instance with one that runs `options`. Resolves when the new ones are up. */
  restart(options: InstanceOptions): Promise<void>;
  /** Resolves when no invocation runs and all `waitUntil` work is done. */
  idle(): Promise<void>;
  close(): Promise<void>;
};

type Running = {
  process: ChildProcess;
  agent: Agent;
  port: Promise<number>;
  exited: Promise<void>;
  ended: Promise<void>;
};

/** How long an instance may take to close before it is killed. */
const closeTimeoutMs = 4_000;

/** Where Node keeps compiled code from one start to the next: an instance then starts in about half the time. */
const compileCache = fileURLToPath(new URL('../../node_modules/.cache/compile', import.meta.url));

/**
 * As on Vercel, functions can read all files and write only to the folder for temporary ones. Everything else that Node's
 * permission model could forbid is allowed.
 */
const readOnlyFiles = [
  '--permission',
  '--allow-fs-read=*',
  ...[...new Set(['/tmp', tmpdir(), compileCache])].map((folder) => `--allow-fs-write=${folder}`),
  ...['--allow-child-process', '--allow-worker', '--allow-addons', '--allow-wasi'],
  // Node warns about each of those.
  '--disable-warning=SecurityWarning',
];

/**
 * Starts `count` instances and resolves when all are up. `env` is their complete environment.
 *
 * Enforces, from Vercel's page on runtimes: a read-only file system, apart from `/tmp` (and Node's compile cache). Not
 * enforced: its 500 MB there, the memory and the number of open files of a function.
 */
export async function startInstances(
  count: number,
  initial: InstanceOptions,
  env: Record<string, string | undefined>,
  onLine: (line: InstanceLine) => void,
): Promise<Instances> {
  let options = initial;
  let turn = 0;
  let closed = false;
  const slots = new Map<number, Running>();

  const start = (instance: number): Running => {
    const child = fork(new URL('./instance.ts', import.meta.url), [JSON.stringify(options)], {
      env: { NODE_COMPILE_CACHE: compileCache, ...env },
      execArgv: readOnlyFiles,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of ['stdout', 'stderr'] as const) {
      const input = child[stream];
      if (input) createInterface({ input }).on('line', (text) => onLine({ instance, stream, text }));
    }
    const agent = new Agent({ keepAlive: true });
    const ready = Promise.withResolvers<number>();
    const exited = new Promise<void>((resolve) => {
      child.once('exit', () => {
        if (slots.get(instance) === running) slots.delete(instance);
        agent.destroy();
        ready.reject(new Error(`Instance ${instance} ended before it was ready`));
        resolve();
      });
    });
    // Comes after `exit`, when all its output has been read.
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    // The request that needs the port gets the rejection. Without one, nobody has to know.
    ready.promise.catch(() => {});
    child.on('message', (message: FromInstance) => {
      if (message !== 'idle') ready.resolve(message.port);
    });
    const running = { process: child, agent, port: ready.promise, exited, ended };
    slots.set(instance, running);
    return running;
  };

  const destination = async (index: number): Promise<Destination> => {
    if (closed) throw new Error('The functions are closed');
    const { agent, port, exited } = slots.get(index) ?? start(index);
    return { index, agent, exited, port: await port };
  };

  const startAll = () => Promise.all(Array.from({ length: count }, (_, index) => destination(index)));

  const close = async () => {
    closed = true;
    await Promise.all([...slots.values()].map(end));
  };

  await startAll().catch(async (error) => {
    await close();
    throw error;
  });
  return {
    count,
    take: (index) => destination(index ?? turn++ % count),
    processIds: () => [...slots].sort(([a], [b]) => a - b).flatMap(([, { process }]) => process.pid ?? []),
    kill: async (index) => {
      const running = slots.get(index);
      running?.process.kill('SIGKILL');
      await running?.ended;
    },
    restart: async (next) => {
      options = next;
      const former = [...slots.values()];
      slots.clear();
      for (const running of former) void end(running);
      await startAll();
    },
    idle: async () => {
      await Promise.all([...slots.values()].map(idle));
    },
    close,
  };
}

function send(running: Running, message: ToInstance): void {
  // A process that is ending has already closed its channel.
  if (running.process.connected) running.process.send(message, () => {});
}

async function idle(running: Running): Promise<void> {
  const answered = new Promise<void>((resolve) => {
    running.process.on('message', function listener(message: FromInstance) {
      if (message !== 'idle') return;
      running.process.off('message', listener);
      resolve();
    });
  });
  send(running, 'idle');
  await Promise.race([answered, running.ended]);
}

async function end(running: Running): Promise<void> {
  const timer = setTimeout(() => running.process.kill('SIGKILL'), closeTimeoutMs);
  send(running, 'close');
  await running.ended;
  clearTimeout(timer);
}
