import type { McpServer, ServerContext } from '@modelcontextprotocol/server';
import type { Prompt } from '../define/prompt.ts';
import { callOf } from './call-context.ts';
import { runHandler } from './handler-errors.ts';
import { inputRequiredFor, isAskResult } from './input-required.ts';
import type { RequestContext } from './request-context.ts';
import { orAsk } from './run-tool.ts';
import { missingScopes } from './scope-challenge.ts';

/** Offers a prompt on a server. */
export function registerPrompt(server: McpServer, prompt: Prompt, context: RequestContext): void {
  server.registerPrompt(
    prompt.name,
    {
      title: prompt.title,
      description: prompt.description,
      argsSchema: prompt.input,
      scopeChallenge: () => missingScopes(context, prompt.scopes),
    },
    (args: Record<string, unknown>, sdkContext: ServerContext) =>
      runHandler(`prompt ${prompt.name}`, context, async () => {
        const call = callOf(server, context, sdkContext);
        const answer = await orAsk(() => prompt.handler(args, call));
        return isAskResult(answer) ? inputRequiredFor(answer, context, sdkContext.mcpReq) : answer;
      }),
  );
}
