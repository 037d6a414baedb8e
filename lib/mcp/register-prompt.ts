import type { McpServer, ServerContext } from '@modelcontextprotocol/server';
import { inputRequiredFor, isAsking } from './asking.ts';
import { callOf } from './caller.ts';
import { guarded } from './guarded.ts';
import type { Prompt } from './prompt.ts';
import { missingScopes } from './scope-check.ts';
import type { Serving } from './server.ts';

/** Offers a prompt on a server. */
export function registerPrompt(server: McpServer, prompt: Prompt, serving: Serving): void {
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
