import { setTimeout as sleep } from 'node:timers/promises';
import type { CallToolResult, ClientCapabilities, ServerContext } from '@modelcontextprotocol/server';
import { waitUntil } from '../../../invocation.ts';
import { annotate, errorFields, log } from '../../../log.ts';
import type { Call } from '../../define/call.ts';
import { type Tool, ToolError } from '../../define/tool.ts';
import { isObject } from '../../json-rpc.ts';
import { isExtensionResult, type ToolCall, type ToolResult } from '../../server/additions.ts';
import { signalAt } from '../../server/deadline.ts';
import { isAskResult } from '../../server/input-required.ts';
import type { RequestContext } from '../../server/request-context.ts';
import { asking, completed, failed } from './ending.ts';
import { sealHandle } from './handle.ts';
import { progressText } from './progress.ts';
import { createTask } from './store.ts';
import { maxAgeMs, newTask, newTaskId, type Task, type TaskChange, type TaskRef, taskView } from './task.ts';
import { leaseMs, type Work, workOn } from './work.ts';

/** A call that is answered within this time does not become a task. */
const graceMs = 500;

/** Longer arguments are not kept, so their call does not become a task. */
const maxArgumentCharacters = 100_000;

/** As long as a task may exist. */
const maxSilenceSeconds = maxAgeMs / 1000;

/**
 * Answers a tool call: with its result or its questions if they are there within half a second, otherwise with a task.
 * If no task can be made, because the store is down or there are too many, the call continues like any other.
 */
export async function answerOrTask(
  { tool, call, sdkContext }: ToolCall,
  run: (call: Call) => Promise<ToolResult>,
  context: RequestContext,
  capabilities: ClientCapabilities | undefined,
): Promise<ToolResult> {
  const ref = { principalHash: context.principalHash, taskId: newTaskId() };
  const work = workOn(context.config, ref);
  let task: Task | undefined;
  let creating: Promise<Task | undefined> | undefined;
  const create = () => {
    creating ??= tryToCreate(context, ref, tool, argumentsOf(context, sdkContext), work.message());
    return creating.then((created) => {
      if (created && !task) work.begin(created);
      task = created;
      return created;
    });
  };
  // Until there is a task, the call ends with its connection.
  call.signal.addEventListener('abort', () => task ?? work.stop(), { once: true });

  const handedOver = Promise.withResolvers<undefined>();
  const beforeHandOver = async () => {
    if (!(await create())) throw new ToolError('This cannot be done right now. Try again later.');
    handedOver.resolve(undefined);
  };
  const job = taskJob({ context, ref, tool, work, capabilities, beforeHandOver });
  const running = run({
    ...job.callFrom(call),
    progress: async (done, total, message) => {
      work.report(progressText(done, total, message));
      if (!task) await call.progress(done, total, message);
    },
    log: async (level, message) => {
      if (!task) await call.log(level, message);
    },
  });
  const answered = await inTime(running, handedOver.promise);
  if (answered && !creating) return answered;
  const created = await create();
  if (!created) return running;
  annotate({ outcome: 'task' });
  waitUntil(job.end(running));
  return { resultType: 'task', ...taskView(ref.taskId, created) };
}

/** What `running` gives within the grace period, unless `other` comes first. */
async function inTime<T>(running: Promise<T>, other: Promise<undefined>): Promise<T | undefined> {
  const done = new AbortController();
  const elapsed = sleep(graceMs, undefined, { signal: done.signal }).catch(() => undefined);
  try {
    return await Promise.race([running, other, elapsed]);
  } finally {
    done.abort();
  }
}

type Job = {
  context: RequestContext;
  ref: TaskRef;
  tool: Tool;
  work: Work;
  /** What the client can be asked. */
  capabilities: ClientCapabilities | undefined;
  /** Makes sure that there is a task to hand over. */
  beforeHandOver?: () => Promise<void>;
};

/** An instance's part in a task: the call that its handler gets, and what becomes of the task when the handler is done. */
export function taskJob({ context, ref, tool, work, capabilities, beforeHandOver }: Job) {
  const { config, deadlineMs, requestId } = context;
  let silenceMs: number | undefined;
  const changeFor = (result: ToolResult, task: Task): TaskChange => {
    if (isAskResult(result)) return asking(result, task, capabilities);
    if (isExtensionResult(result)) return failed('The tool gave a result that a task cannot have.');
    if (silenceMs === undefined || result.isError) return completed(tool, result, requestId);
    return { message: textOf(result) || task.message, silenceMs, leaseMs: silenceMs };
  };
  return {
    callFrom: (call: Call): Call => ({
      ...call,
      signal: AbortSignal.any([work.signal, signalAt(deadlineMs)]),
      progress: async (done, total, message) => work.report(progressText(done, total, message)),
      // A task has no messages.
      log: async () => {},
      task: {
        handle: sealHandle(config, ref),
        handOver: async ({ silenceSeconds }) => {
          await beforeHandOver?.();
          silenceMs = Math.min(Math.max(1, silenceSeconds), maxSilenceSeconds) * 1000;
        },
      },
    }),
    end: async (running: Promise<ToolResult>) => {
      const result = await running;
      await work.end((task) => changeFor(result, task));
    },
  };
}

async function tryToCreate(
  { config }: RequestContext,
  ref: TaskRef,
  tool: Tool,
  args: Record<string, unknown>,
  message: string,
): Promise<Task | undefined> {
  if (JSON.stringify(args).length > maxArgumentCharacters) return undefined;
  const task = newTask(tool.name, message);
  try {
    if (await createTask(config, ref, task, args, leaseMs)) return task;
    log('warn', 'no task, too many', { tool: tool.name });
  } catch (error) {
    log('warn', 'no task', { tool: tool.name, ...errorFields(error) });
  }
  return undefined;
}

/** The arguments as the client sent them, with which the handler may have to run again. */
function argumentsOf(context: RequestContext, { mcpReq }: ServerContext): Record<string, unknown> {
  const { arguments: args } = context.paramsOf(mcpReq.id);
  return isObject(args) ? args : {};
}

function textOf({ content = [] }: CallToolResult): string {
  return content.map((block) => (block.type === 'text' ? block.text : '')).join(' ');
}
