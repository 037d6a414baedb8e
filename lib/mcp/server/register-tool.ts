import type {
  CallToolResult,
  InputRequiredResult,
  McpServer,
  ServerContext,
} from '@modelcontextprotocol/server';
import { errorFields, log } from '../../log.ts';
import { StoreUnavailable } from '../../store/redis.ts';
import type { Call } from '../define/call.ts';
import { failure, type Tool, type ToolAnswer, ToolError } from '../define/tool.ts';
import { callThrough, isExtensionResult, toolMetaOf } from './additions.ts';
import { callOf } from './call-context.ts';
import { convertedOnce } from './converted-once.ts';
import { Stopped, untilStopped } from './deadline.ts';
import { inputRequiredFor, isAskResult } from './input-required.ts';
import { limitOutput } from './output-limit.ts';
import type { RequestContext } from './request-context.ts';
import { describeFor, missingScopes } from './scope-challenge.ts';

/**
 * Offers a tool on a server, with its scopes, arguments, questions, and limits of time and size. A failure becomes an
 * error result for the model; its cause goes to the log.
 */
export function registerTool(server: McpServer, tool: Tool, context: RequestContext): void {
  const runHandler = async (args: Record<string, unknown>, call: Call, sdkContext: ServerContext) => {
    try {
      const { signal } = sdkContext.mcpReq;
      const answer = await untilStopped(context.deadlineMs, signal, () => tool.handler(args, call));
      return await resultOf(answer, context, sdkContext);
    } catch (error) {
      if (error instanceof ToolError) return failure(error.message);
      if (error instanceof Stopped)
        return failure(`The tool took too long and was stopped. Request id: ${context.requestId}`);
      if (error instanceof StoreUnavailable) {
        log('error', 'tool without store', { tool: tool.name, ...errorFields(error) });
        return failure('The storage behind this tool is unavailable right now. Try again in a minute.');
      }
      log('error', 'tool failed', { tool: tool.name, ...errorFields(error) });
      return failure(`The tool failed unexpectedly. Request id: ${context.requestId}`);
    }
  };
  const run = async (args: Record<string, unknown>, sdkContext: ServerContext) => {
    const call = callOf(server, context, sdkContext);
    const result = await callThrough(context.extended, { tool, args, call, sdkContext }, () =>
      runHandler(args, call, sdkContext),
    );
    // The SDK would hold it against the output schema. The server is made anew for each request.
    if (isExtensionResult(result)) registered.outputSchema = undefined;
    return result as CallToolResult | InputRequiredResult;
  };
  const meta = toolMetaOf(context.extended, tool);
  const registered = server.registerTool(
    tool.name,
    {
      title: tool.title,
      description: describeFor(context, tool.description, tool.scopes),
      inputSchema: convertedOnce(tool.input),
      ...(tool.output && { outputSchema: convertedOnce(tool.output) }),
      ...(tool.annotations && { annotations: tool.annotations }),
      ...(meta && { _meta: meta }),
      scopeChallenge: () => missingScopes(context, tool.scopes),
    },
    run,
  );
}

async function resultOf(
  answer: ToolAnswer,
  context: RequestContext,
  sdkContext: ServerContext,
): Promise<CallToolResult | InputRequiredResult> {
  if (typeof answer === 'string') return limitOutput({ content: [{ type: 'text', text: answer }] });
  if (isAskResult(answer)) return inputRequiredFor(answer, context, sdkContext.mcpReq);
  return limitOutput(answer);
}
