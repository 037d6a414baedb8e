import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../../config.ts';
import { errorFields, log } from '../../../log.ts';
import { changeTask, readTask, renewLease } from './store.ts';
import { isOver, type Task, type TaskChange, type TaskRef } from './task.ts';

/** How long an instance may be silent before it counts as gone. */
export const leaseMs = 15_000;

/** How often an instance that works says so. It notices within this time that the task was cancelled. */
const renewalMs = 3_000;

/** How often progress is stored at most. */
const progressMs = 1_000;

/** Waits before each attempt to store how a task ended. */
const endAttemptsMs = [0, 500, 2_000, 4_000];

export type Work = ReturnType<typeof workOn>;

/**
 * An instance's work on a task. While it goes on, it keeps the task's lease, stores progress, and stops if somebody else
 * ends the task.
 */
export function workOn(config: Config, ref: TaskRef) {
  const stopped = new AbortController();
  const ended = new AbortController();
  let known: Task | undefined;
  let message = '';
  let isReported = false;
  let keeping = Promise.resolve();

  const warn = (what: string) => (error: unknown) => log('warn', what, errorFields(error));
  const report = async () => {
    const written = message;
    const after = await changeTask(config, ref, known, () => ({ message: written, leaseMs }));
    if (!after) return stopped.abort();
    known = after;
    isReported = message !== written;
  };
  const renew = async () => {
    if ((await renewLease(config, ref, leaseMs)) === known?.version) return;
    known = (await readTask(config, ref))?.task;
    if (!known || isOver(known)) stopped.abort();
  };
  const keep = async () => {
    let renewedAtMs = Date.now();
    while (!ended.signal.aborted && !stopped.signal.aborted) {
      await sleep(progressMs, undefined, { signal: ended.signal }).catch(() => {});
      if (ended.signal.aborted || (!isReported && Date.now() - renewedAtMs < renewalMs)) continue;
      await (isReported ? report() : renew()).catch(warn('task not renewed'));
      renewedAtMs = Date.now();
    }
  };

  return {
    /** Aborts when the work must stop. */
    signal: stopped.signal,
    stop: () => stopped.abort(),
    /** What was last reported. */
    message: () => message,
    /** The task is in the store, with a lease. */
    begin: (task: Task) => {
      known = task;
      isReported = message !== task.message;
      keeping = keep();
    },
    /** Stores progress soon. */
    report: (text: string) => {
      message = text;
      isReported = true;
    },
    /** Stores how the work ended, unless the task has ended otherwise. */
    end: async (change: (task: Task) => TaskChange) => {
      ended.abort();
      await keeping;
      for (const waitMs of endAttemptsMs) {
        await sleep(waitMs);
        try {
          const after = await changeTask(config, ref, known, change);
          if (after) log('info', 'task', { tool: after.tool, status: after.status });
          return;
        } catch (error) {
          warn('end of a task not stored')(error);
        }
      }
    },
  };
}
