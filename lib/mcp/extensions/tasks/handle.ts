import { z } from 'zod';
import type { Config } from '../../../config.ts';
import { open, seal } from '../../../sealing.ts';
import { maxAgeMs, type TaskRef } from './task.ts';

const taskRef = z.object({ principalHash: z.string(), taskId: z.string() });

/** A task's name for workers. It reveals nothing and opens only with the server's secrets. */
export function sealHandle(config: Config, ref: TaskRef): string {
  return seal(config, 'task-handle', ref, maxAgeMs / 1000);
}

/** The task that `sealHandle` named. Undefined if it did not make this, or made it more than a day ago. */
export function openHandle(config: Config, handle: string): TaskRef | undefined {
  const opened = open(config, 'task-handle', taskRef, handle);
  return 'value' in opened ? opened.value : undefined;
}
