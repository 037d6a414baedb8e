import type { CallToolResult } from '@modelcontextprotocol/server';
import { errorFields, log } from '../../log.ts';
import { StoreUnavailable } from '../../store/redis.ts';
import { AskFirst, type AskResult } from '../define/question.ts';
import { failure, type Tool, type ToolAnswer, ToolError } from '../define/tool.ts';
import type { ToolCall } from './additions.ts';
import { Stopped, untilStopped } from './deadline.ts';
import { isAskResult } from './input-required.ts';
import { limitOutput } from './output-limit.ts';
import type { RequestContext } from './request-context.ts';

/**
 * Runs a tool's handler, with the server's limits of time and size. Does not reject.
 *
 * @param signal aborts when the call is cancelled.
 */
export function runTool(
  { tool, args, call }: ToolCall,
  context: RequestContext,
  signal: AbortSignal,
): Promise<CallToolResult | AskResult> {
  return orFailure(tool, context, async () =>
    limited(await untilStopped(context.deadlineMs, signal, () => orAsk(() => tool.handler(args, call)))),
  );
}

/** What a handler answers, or what something that it calls asks first (`AskFirst`). */
export async function orAsk<T>(work: () => T | Promise<T>): Promise<T | AskResult> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AskFirst) return error.asked;
    throw error;
  }
}

/** The work's outcome. An error becomes an error result for the model; its cause goes to the log. */
export async function orFailure<T>(
  tool: Tool,
  { requestId }: RequestContext,
  work: () => Promise<T>,
): Promise<T | CallToolResult> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ToolError) return failure(error.message);
    if (error instanceof Stopped)
      return failure(`The tool took too long and was stopped. Request id: ${requestId}`);
    if (error instanceof StoreUnavailable) {
      log('error', 'tool without store', { tool: tool.name, ...errorFields(error) });
      return failure('The storage behind this tool is unavailable right now. Try again in a minute.');
    }
    log('error', 'tool failed', { tool: tool.name, ...errorFields(error) });
    return failure(`The tool failed unexpectedly. Request id: ${requestId}`);
  }
}

function limited(answer: ToolAnswer): CallToolResult | AskResult {
  if (typeof answer === 'string') return limitOutput({ content: [{ type: 'text', text: answer }] });
  return isAskResult(answer) ? answer : limitOutput(answer);
}
