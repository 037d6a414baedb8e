import type { CallToolResult, McpServer, ServerContext } from '@modelcontextprotocol/server';
import type { Tool } from '../define/tool.ts';
import { callThrough, isExtensionResult, toolMetaOf } from './additions.ts';
import { callOf } from './call-context.ts';
import { convertedOnce } from './converted-once.ts';
import { inputRequiredFor, isAskResult } from './input-required.ts';
import type { RequestContext } from './request-context.ts';
import { orFailure, runTool } from './run-tool.ts';
import { describeFor, missingScopes } from './scope-challenge.ts';

/**
 * Offers a tool on a server, with its scopes, arguments, questions, and limits of time and size. A failure becomes an
 * error result for the model; its cause goes to the log.
 */
export function registerTool(server: McpServer, tool: Tool, context: RequestContext): void {
  const run = async (args: Record<string, unknown>, sdkContext: ServerContext) => {
    const call = callOf(server, context, sdkContext);
    const result = await callThrough(context.extended, { tool, args, call, sdkContext }, (toolCall) =>
      // A task's call has a signal of its own; any other call's is only made when the handler asks for it.
      runTool(toolCall, context, toolCall.call === call ? sdkContext.mcpReq.signal : toolCall.call.signal),
    );
    if (isAskResult(result))
      return orFailure(tool, context, () => inputRequiredFor(result, context, sdkContext.mcpReq));
    // The SDK would hold it against the output schema. The server is made anew for each request.
    if (isExtensionResult(result)) registered.outputSchema = undefined;
    return result as CallToolResult;
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
