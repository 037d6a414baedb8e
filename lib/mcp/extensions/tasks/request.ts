import type { McpServer, ServerContext } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { RequestContext } from '../../server/request-context.ts';

export const taskMethods = ['tasks/get', 'tasks/update', 'tasks/cancel'] as const;
export type TaskMethod = (typeof taskMethods)[number];

/** What each of these methods takes. The SDK itself takes the `inputResponses` of `tasks/update`. */
export const taskParams = z.object({ taskId: z.string().max(100) });
export type TaskParams = z.infer<typeof taskParams>;

/** A request about a task, with the server that was made for it. */
export type TaskRequest = { server: McpServer; context: RequestContext; sdkContext: ServerContext };
