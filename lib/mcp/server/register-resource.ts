import {
  type McpServer,
  ResourceNotFoundError,
  ResourceTemplate,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { satisfies } from '../../scope-rules.ts';
import type { ResourceTemplateFeature } from '../define/resource.ts';
import { callerOf, callOf } from './call-context.ts';
import { runHandler } from './handler-errors.ts';
import type { RequestContext } from './request-context.ts';
import { missingScopes } from './scope-challenge.ts';

/** Offers a family of resources on a server: its template, list, completions and contents. */
export function registerResource(
  server: McpServer,
  resource: ResourceTemplateFeature,
  context: RequestContext,
): void {
  const { name, title, description, mimeType, scopes } = resource;
  const allowed = satisfies(context.principal.scopes, scopes);
  const complete = Object.entries(resource.complete ?? {}).map(([variable, completer]) => [
    variable,
    // The SDK gives completers no context of their own.
    (prefix: string) =>
      runHandler(`completion for ${name}`, context, async () =>
        allowed ? completer(prefix, callerOf(context)) : [],
      ),
  ]);
  const template = new ResourceTemplate(resource.uriTemplate, {
    list: resource.list
      ? (sdkContext) =>
          runHandler(`list of ${name}`, context, async () => ({
            resources: allowed ? ((await resource.list?.(callOf(server, context, sdkContext))) ?? []) : [],
          }))
      : undefined,
    complete: Object.fromEntries(complete),
  });
  server.registerResource(
    name,
    template,
    { title, description, mimeType, scopeChallenge: () => missingScopes(context, scopes) },
    (uri, variables, sdkContext: ServerContext) =>
      runHandler(`read of ${name}`, context, async () => {
        const single = Object.entries(variables).map(([key, value]) => [key, String(value)]);
        const call = callOf(server, context, sdkContext);
        const contents = await resource.read(uri.href, Object.fromEntries(single), call);
        if (!contents) throw new ResourceNotFoundError(uri.href);
        return contents;
      }),
  );
}
