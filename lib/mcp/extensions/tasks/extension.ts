import type { McpServer } from '@modelcontextprotocol/server';
import { failure } from '../../define/tool.ts';
import { isObject } from '../../json-rpc.ts';
import type { Extension } from '../../server/extension.ts';
import { taskMethods, taskParams } from './request.ts';
import { identifier, isRefused, missingTasks } from './undeclared.ts';

declare module '../../define/tool.ts' {
  interface ToolExtras {
    /**
     * Lets a call that takes longer than half a second continue as a task, whose result the client fetches later. Clients
     * without tasks get an ordinary call with progress. `required` refuses those instead.
     */
    task?: true | 'required';
  }
}

declare module '../../define/call.ts' {
  interface Call {
    /** The task that this call is or may become. Undefined if the client or the tool has no tasks. */
    task?: CallTask | undefined;
  }
}

/** What a handler can do with its task beyond `call.progress`, `call.signal` and `ask`. */
export type CallTask = {
  /** Names the task for a worker of yours: `openTask` takes it. Only this server's secrets open it. */
  handle: string;
  /**
   * Lets something else end the task: it stays open when the handler returns, and the text that the handler returns is
   * shown as its status. An error result ends it.
   *
   * @param options.silenceSeconds how long the worker may say nothing before the task fails. At most a day.
   * @throws ToolError if no task can be made.
   */
  handOver(options: { silenceSeconds: number }): Promise<void>;
};

/**
 * Tasks, `io.modelcontextprotocol/tasks`: long work that outlives its request. Specification: `modelcontextprotocol/ext-tasks`,
 * `specification/draft/tasks.md`. Modern era only: SEP-2663 forbids it before 2026-07-28.
 */
export const tasks: Extension = {
  identifier,
  serve: ({ message, era, declared, context }) => {
    if (era === 'legacy')
      return {
        callTool: async ({ tool }, run) =>
          tool.task === 'required' ? failure('This tool works only in clients that support tasks.') : run(),
      };
    if (!isObject(declared))
      return isRefused(message, context.offer) ? { respond: async () => missingTasks(message) } : undefined;
    let server: McpServer | undefined;
    return {
      settings: {},
      register: (created) => {
        server = created;
        for (const method of taskMethods)
          created.server.setRequestHandler(method, { params: taskParams }, async (params, sdkContext) => {
            const { serveTaskMethod } = await import('./methods.ts');
            return serveTaskMethod(method, params, { server: created, context, sdkContext });
          });
      },
      callTool: async (toolCall, run) => {
        if (!toolCall.tool.task || toolCall.call.task || !context.config.store) return run();
        const { answerOrTask } = await import('./run.ts');
        return answerOrTask(toolCall, run, context, server?.server.getClientCapabilities());
      },
    };
  },
};
