import { bundleViews } from '../views/bundle.ts';
import { buildFunctions } from './build.ts';
import { checkCrons } from './crons.ts';
import { createFront, type PlatformAnswer } from './front.ts';
import type { InstanceOptions } from './instance.ts';
import { type InstanceLine, startInstances } from './instances.ts';
import { type Loopback, listenOnLoopback } from './loopback.ts';
import { type Project, readProject } from './project.ts';

export type FunctionsOptions = {
  /** Folder with vercel.json, `api/` and `public/`. */
  root: string;
  /** A port number (0 takes a free one), or a port that is already held. */
  port: number | Loopback;
  /** Separate processes that share nothing and take requests in turn. Default 1. */
  instances?: number;
  /**
   * Serve the functions as Vercel's builder compiles them. Each then has its own modules, as in a deployment. From
   * sources, the functions of an instance share modules.
   */
  built?: boolean;
  /**
   * Load every function when an instance starts, and not with its first request: what is saved later does not change what
   * is served before `reload`.
   */
  preload?: boolean;
  /** The complete environment of the functions. */
  env: Record<string, string | undefined>;
  /** Another public origin of the functions. A tunnel in front of them ends its TLS. */
  publicOrigin?: string | undefined;
  onLine?: (line: InstanceLine) => void;
  onPlatformAnswer?: (answer: PlatformAnswer) => void;
};

export type Functions = {
  origin: string;
  /** Process ids of the running instances, by index. */
  processIds(): number[];
  /** Kills an instance as a crash would. The next request to it starts a new one. */
  kill(instance: number): Promise<void>;
  /** Reads the project again and replaces every instance. */
  reload(): Promise<void>;
  /** Resolves when no invocation runs and all `waitUntil` work is done. */
  idle(): Promise<void>;
  close(): Promise<void>;
};

/**
 * Serves a project's functions and static files as Vercel does, on `localhost`.
 *
 * The header `x-local-instance: N` on a request selects the instance. On a response it names the one that answered.
 */
export async function startFunctions(options: FunctionsOptions): Promise<Functions> {
  const {
    root,
    port,
    instances: count = 1,
    env,
    onLine = () => {},
    onPlatformAnswer,
    publicOrigin,
    built = false,
    preload = false,
  } = options;
  const loopback = typeof port === 'number' ? await listenOnLoopback(port) : port;
  try {
    const { project, toRun } = await load(root, { built, preload });
    const instances = await startInstances(count, toRun, env, onLine);
    const front = createFront({ project, instances, onPlatformAnswer, publicOrigin });
    loopback.serve(front.listener);
    const reload = async () => {
      const next = await load(root, { built, preload });
      await instances.restart(next.toRun);
      front.use(next.project);
    };
    let reloading = Promise.resolve();
    return {
      origin: `http://localhost:${loopback.port}`,
      processIds: instances.processIds,
      kill: instances.kill,
      reload: () => {
        const reloaded = reloading.then(reload);
        // One at a time. If the project cannot be read now, the next change may fix it.
        reloading = reloaded.catch(() => {});
        return reloaded;
      },
      idle: instances.idle,
      close: async () => {
        await loopback.close();
        await instances.close();
      },
    };
  } catch (error) {
    await loopback.close();
    throw error;
  }
}

async function load(
  root: string,
  { built, preload }: Omit<InstanceOptions, 'functions'>,
): Promise<{ project: Project; toRun: InstanceOptions }> {
  // The build command of a deployment does the same.
  await bundleViews(root);
  const project = await readProject(root);
  checkCrons(project);
  const handlers = built ? await buildFunctions(root) : new Map<string, string>();
  const functions = [...project.functions.values()].map((entry) => ({
    ...entry,
    file: handlers.get(entry.route) ?? entry.file,
  }));
  return { project, toRun: { functions, built, preload } };
}
