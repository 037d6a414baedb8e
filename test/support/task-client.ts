import type { Stack } from '../../dev/stack.ts';
import { modern, poster } from './mcp-request.ts';

export const tasksCapability = { 'io.modelcontextprotocol/tasks': {} };

/** A task as `tasks/get` shows it, or an error. */
export type SeenTask = {
  taskId?: string;
  resultType?: string;
  status?: string;
  statusMessage?: string;
  ttlMs?: number;
  inputRequests?: Record<string, { method: string }>;
  result?: { content: { text: string }[]; isError?: boolean; structuredContent?: unknown };
  error?: { code: number; message: string };
  content?: { text: string }[];
};

export type TaskClient = ReturnType<typeof taskClient>;

/** A modern client with tasks, made of raw requests, each sent to the instance of one's choice. */
export function taskClient(
  stack: Pick<Stack, 'serverUrl'>,
  token: string,
  capabilities: Record<string, unknown> = { elicitation: {}, extensions: tasksCapability },
  path = '/mcp',
) {
  const send = async (
    method: string,
    params: Record<string, unknown>,
    instance: number,
  ): Promise<SeenTask> => {
    const [body, headers] = modern(method, params, capabilities);
    const name = String(params.name ?? params.taskId);
    const { last } = await poster(
      stack,
      token,
      path,
    )(body, {
      ...headers,
      'mcp-name': name,
      'x-local-instance': String(instance),
    });
    return last.error ? { error: last.error } : ((last.result ?? {}) as SeenTask);
  };
  return {
    call: (name: string, args: Record<string, unknown> = {}, instance = 0) =>
      send('tools/call', { name, arguments: args }, instance),
    get: (taskId: string | undefined, instance = 0) => send('tasks/get', { taskId }, instance),
    update: (taskId: string | undefined, inputResponses: Record<string, unknown>, instance = 0) =>
      send('tasks/update', { taskId, inputResponses }, instance),
    cancel: (taskId: string | undefined, instance = 0) => send('tasks/cancel', { taskId }, instance),
    /** Polls, each time at another instance and a little later, until the task is as expected. */
    async until(
      taskId: string | undefined,
      isExpected: (task: SeenTask) => boolean,
      instances = [0, 1, 2],
      timeoutMs = 30_000,
    ): Promise<SeenTask> {
      const endMs = Date.now() + timeoutMs;
      for (let at = 0; ; at++) {
        const task = await send('tasks/get', { taskId }, instances[at % instances.length] ?? 0);
        if (isExpected(task)) return task;
        if (Date.now() > endMs) throw new Error(`The task stayed ${JSON.stringify(task)}`);
        await new Promise((resolve) => setTimeout(resolve, Math.min(100 + 25 * at, 500)));
      }
    },
  };
}

export const isOver = ({ status = '' }: SeenTask) => ['completed', 'failed', 'cancelled'].includes(status);

/** The text of a result, or of the result of a task. */
export const textIn = ({ result, content = result?.content ?? [] }: SeenTask) =>
  content.map(({ text }) => text).join();
