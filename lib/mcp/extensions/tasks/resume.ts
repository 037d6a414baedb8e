import { inputResponse } from '@modelcontextprotocol/server';
import { waitUntil } from '../../../invocation.ts';
import { failure, type Tool } from '../../define/tool.ts';
import { callThrough } from '../../server/additions.ts';
import { answersOf, callOf } from '../../server/call-context.ts';
import { runTool } from '../../server/run-tool.ts';
import { keyOf } from './ending.ts';
import type { TaskRequest } from './request.ts';
import { taskJob } from './run.ts';
import type { Task, TaskRef } from './task.ts';
import { workOn } from './work.ts';

type Resumed = {
  ref: TaskRef;
  tool: Tool;
  /** As the client sent them. */
  args: Record<string, unknown>;
  /** The task with all answers of its round. */
  answered: Task;
  /** The task as it is now stored: working, with a lease. */
  task: Task;
};

/** Continues a task on this instance: runs its handler again, with the answers. Does not wait for it. */
export async function resume(
  { ref, tool, args, answered, task }: Resumed,
  { server, context, sdkContext }: TaskRequest,
): Promise<void> {
  const work = workOn(context.config, ref);
  work.begin(task);
  const capabilities = server.server.getClientCapabilities();
  const job = taskJob({ context, ref, tool, work, capabilities });
  const parsed = await tool.input.safeParseAsync(args);
  const call = {
    ...job.callFrom(callOf(server, context, sdkContext)),
    ...answersOf(
      (name) => inputResponse(answered.answers, keyOf(answered.rounds, name)),
      () => answered.state,
    ),
  };
  const running = parsed.success
    ? callThrough(context.extended, { tool, args: parsed.data, call, sdkContext }, (toolCall) =>
        runTool(toolCall, context, toolCall.call.signal),
      )
    : Promise.resolve(failure('The tool has changed and no longer takes these arguments. Call it again.'));
  waitUntil(job.end(running));
}
