import {
  type McpServer,
  ResourceNotFoundError,
  ResourceTemplate,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { satisfies } from '../../scope-rules.ts';
import type { ResourceTemplateFeature } from '../define/resource.ts';
import { callerOf, callOf } from './call-context.ts';
import { guarded } from './handler-errors.ts';
import type { RequestContext } from './request-context.ts';
import { missingScopes } from './scope-challenge.ts';

/** Offers a family of resources on a server: template, list, completion and contents. */
export function registerResource(
  server: McpServer,
  resource: ResourceTemplateFeature,
  serving: RequestContext,
): void {
  const { name, title, description, mimeType, scopes } = resource;
  const allowed = satisfies(serving.principal.scopes, scopes);
  const call = (context: ServerContext) => callOf(server, serving, context);
  const complete = Object.entries(resource.complete ?? {}).map(([variable, completer]) => [
    variable,
    // The SDK hands completers no context; who is calling is all they need.
    (started: string) =>
      guarded(`completion for ${name}`, serving, async () =>
        allowed ? completer(started, callerOf(serving)) : [],
      ),
  ]);
  const template = new ResourceTemplate(resource.uriTemplate, {
    list: resource.list
      ? (context) =>
          guarded(`list of ${name}`, serving, async () => ({
            resources: allowed ? ((await resource.list?.(call(context))) ?? []) : [],
          }))
      : undefined,
    complete: Object.fromEntries(complete),
  });
  server.registerResource(
    name,
    template,
    { title, description, mimeType, scopeChallenge: () => missingScopes(serving, scopes) },
    (uri, variables, context) =>
      guarded(`read of ${name}`, serving, async () => {
        const single = Object.entries(variables).map(([key, value]) => [key, String(value)]);
        const contents = await resource.read(uri.href, Object.fromEntries(single), call(context));
        if (!contents) throw new ResourceNotFoundError(uri.href);
        return contents;
      }),
  );
}
