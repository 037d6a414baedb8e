import type { CallToolResult } from '@modelcontextprotocol/server';
import { getConfig } from '../../../config.ts';
import { limitOutput } from '../../server/output-limit.ts';
import { openHandle } from './handle.ts';
import { progressText } from './progress.ts';
import { changeTask } from './store.ts';
import { leaseMs } from './work.ts';

/** A task that a worker of yours ends. Both methods throw `StoreUnavailable` if the store does not answer. */
export type OpenedTask = {
  /**
   * Reports progress, and that the worker is alive. Returns false if the task is over, for example cancelled: stop then.
   */
  progress(done: number, total?: number, message?: string): Promise<boolean>;
  /**
   * Ends the task with what the call is answered with. For an error, pass `failure(…)`. Returns false if the task was over
   * before.
   */
  complete(result: string | CallToolResult): Promise<boolean>;
};

/**
 * Opens a task that a tool handed over (`call.task.handOver`), in any code that has this server's secrets and store.
 *
 * @param handle `call.task.handle`.
 * @throws Error if the server is not configured, or the handle is not one of its, or is older than a day.
 *
 * @example
 * const task = openTask(handle);
 * if (await task.progress(1, 2, 'Half done')) await task.complete('Done.');
 */
export function openTask(handle: string): OpenedTask {
  const config = getConfig();
  if ('failure' in config)
    throw new Error(`Not configured: ${config.failure.map(({ variable }) => variable).join(', ')}`);
  const ref = openHandle(config.value, handle);
  if (!ref) throw new Error('This is not a task of this server, or it is older than a day');
  return {
    progress: async (done, total, message) => {
      // The handler that handed it over may not have returned yet: then its function keeps the lease.
      const after = await changeTask(config.value, ref, undefined, ({ status, silenceMs = leaseMs }) =>
        status === 'working'
          ? { message: progressText(done, total, message), leaseMs: silenceMs }
          : undefined,
      );
      return after !== undefined;
    },
    complete: async (result) => {
      const limited = limitOutput(
        typeof result === 'string' ? { content: [{ type: 'text', text: result }] } : result,
      );
      const after = await changeTask(config.value, ref, undefined, () => ({
        status: 'completed',
        message: '',
        outcome: { result: { ...limited, resultType: 'complete' } },
      }));
      return after !== undefined;
    },
  };
}
