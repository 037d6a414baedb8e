import { randomBytes } from 'node:crypto';
import type { CallToolResult, InputRequest } from '@modelcontextprotocol/server';
import { z } from 'zod';

/** How long a task is kept after it last changed, and how long a user has to answer. */
export const keptMs = 60 * 60_000;

/** How long a task may exist. */
export const maxAgeMs = 24 * 60 * 60_000;

/** For a task's latest progress. */
const maxMessageCharacters = 500;

/** How often clients should poll, in the task's first half minute and after it. */
const pollIntervalMs = { young: 1_000, old: 5_000 };
const youngMs = 30_000;

/** A task and the principal it belongs to. */
export type TaskRef = { principalHash: string; taskId: string };

const object = <T>() =>
  z.custom<T>((value) => typeof value === 'object' && value !== null && !Array.isArray(value));

const status = z.enum(['working', 'input_required', 'completed', 'failed', 'cancelled']);

/** What is stored of a task, except its arguments and its outcome. */
export const task = z.object({
  /** Incremented by each change, so that concurrent changes are noticed. */
  version: z.number(),
  tool: z.string(),
  status,
  /** For people: progress, or why it ended. May be empty. */
  message: z.string(),
  createdAtMs: z.number(),
  updatedAtMs: z.number(),
  expiresAtMs: z.number(),
  /** How long a worker of yours may say nothing. Undefined while a function works. */
  silenceMs: z.number().optional(),
  /** How often it has asked. */
  rounds: z.number(),
  /** The questions of this round, by the keys that the client sees. */
  questions: z.record(z.string(), object<InputRequest>()),
  /** The answers to them that have come, by the same keys. */
  answers: z.record(z.string(), z.unknown()),
  /** What the handler wants back in the next round. */
  state: z.unknown().optional(),
});
export type Task = z.infer<typeof task>;

/** How a task ended: with what the call would have been answered with. */
export const outcome = z.union([
  z.object({ result: object<CallToolResult>() }),
  z.object({ error: z.object({ code: z.number(), message: z.string(), data: z.unknown().optional() }) }),
]);
export type Outcome = z.infer<typeof outcome>;

/** What a change of a task sets. */
export type TaskChange = Partial<
  Pick<Task, 'status' | 'message' | 'silenceMs' | 'rounds' | 'questions' | 'answers' | 'state'>
> & {
  outcome?: Outcome;
  /** How long the task may be silent before its worker counts as gone. Only for a task that is `working`. */
  leaseMs?: number;
};

export const newTaskId = () => randomBytes(16).toString('base64url');

export function newTask(tool: string, message: string): Task {
  const nowMs = Date.now();
  return {
    version: 1,
    tool,
    status: 'working',
    message: message.slice(0, maxMessageCharacters),
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    expiresAtMs: nowMs + keptMs,
    rounds: 0,
    questions: {},
    answers: {},
  };
}

/** A task after a change. */
export function changed(before: Task, { outcome: _, leaseMs = 0, ...change }: TaskChange): Task {
  const nowMs = Date.now();
  return {
    ...before,
    ...change,
    message: (change.message ?? before.message).slice(0, maxMessageCharacters),
    version: before.version + 1,
    updatedAtMs: nowMs,
    expiresAtMs: Math.min(nowMs + leaseMs + keptMs, before.createdAtMs + maxAgeMs),
  };
}

/** Whether nothing changes a task any more. */
export const isOver = ({ status }: Task) => status !== 'working' && status !== 'input_required';

/** The questions that the client has not answered. */
export function openQuestions({ questions, answers }: Task): Record<string, InputRequest> {
  return Object.fromEntries(Object.entries(questions).filter(([key]) => !Object.hasOwn(answers, key)));
}

/** A task in the extension's terms, without what only `tasks/get` tells. */
export function taskView(taskId: string, task: Task) {
  return {
    taskId,
    status: task.status,
    ...(task.message && { statusMessage: task.message }),
    createdAt: new Date(task.createdAtMs).toISOString(),
    lastUpdatedAt: new Date(task.updatedAtMs).toISOString(),
    ttlMs: task.expiresAtMs - task.createdAtMs,
    pollIntervalMs: Date.now() - task.createdAtMs < youngMs ? pollIntervalMs.young : pollIntervalMs.old,
  };
}
