import type { McpServer, ServerContext } from '@modelcontextprotocol/server';
import type { Prompt } from '../define/prompt.ts';
import { callOf } from './call-context.ts';
import { guarded } from './handler-errors.ts';
import { inputRequiredFor, isAsking } from './input-required.ts';
import type { RequestContext } from './request-context.ts';
import { missingScopes } from './scope-challenge.ts';

/** Offers a prompt on a server. */
export function registerPrompt(server: McpServer, prompt: Prompt, serving: RequestContext): void {
  server.registerPrompt(
    prompt.name,
    {
      title: prompt.title,
      description: prompt.description,
      argsSchema: prompt.input,
      scopeChallenge: () => missingScopes(serving, prompt.scopes),
    },
    (args: Record<string, unknown>, context: ServerContext) =>
      guarded(`prompt ${prompt.name}`, serving, async () => {
        const answer = await prompt.handler(args, callOf(server, serving, context));
        return isAsking(answer) ? inputRequiredFor(answer, serving, context.mcpReq) : answer;
      }),
  );
}
