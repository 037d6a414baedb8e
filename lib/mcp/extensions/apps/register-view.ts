import { readFile } from 'node:fs/promises';
import type { McpServer } from '@modelcontextprotocol/server';
import { runHandler } from '../../server/handler-errors.ts';
import type { RequestContext } from '../../server/request-context.ts';
import { type ToolWithView, viewMimeType } from './view.ts';

/**
 * Offers a tool's view as a resource. It holds nothing of any user, so it needs no scope: clients read it when they
 * connect, before the user has granted what the tool needs.
 */
export function registerView(
  server: McpServer,
  { name, title, view }: ToolWithView,
  uri: string,
  context: RequestContext,
): void {
  const { document, csp = {}, permissions, prefersBorder } = view;
  const ui = {
    csp,
    ...(permissions && { permissions }),
    ...(prefersBorder !== undefined && { prefersBorder }),
  };
  const _meta = { ui };
  server.registerResource(
    `${name}_view`,
    uri,
    { title, description: `Shows the results of ${name}.`, mimeType: viewMimeType, _meta },
    () =>
      runHandler(`view of ${name}`, context, async () => {
        const text = await readFile(document, 'utf8');
        return { contents: [{ uri, mimeType: viewMimeType, text, _meta }] };
      }),
  );
}
