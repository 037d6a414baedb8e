import { readFile } from 'node:fs/promises';
import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Feature } from '../../define/feature.ts';
import type { Tool } from '../../define/tool.ts';
import type { View } from '../../define/view.ts';
import type { Extension } from '../../server/extension.ts';
import { runHandler } from '../../server/handler-errors.ts';
import type { RequestContext } from '../../server/request-context.ts';

/** The media type of a view's document (SEP-1865). */
export const viewMimeType = 'text/html;profile=mcp-app';

/** What a client declares: the media types that it can show. */
const declaration = z.object({ mimeTypes: z.array(z.string()) });

/**
 * MCP Apps (SEP-1865): tools point to their view, which is served as a resource. A client that has not declared that it
 * shows views sees neither.
 */
export const apps: Extension = {
  identifier: 'io.modelcontextprotocol/ui',
  serve: ({ declared, context }) => {
    if (declared === undefined) return undefined;
    if (!declaration.safeParse(declared).data?.mimeTypes.includes(viewMimeType)) return undefined;
    const tools = context.offer.features.filter(hasView);
    if (!tools.length) return undefined;
    return {
      settings: {},
      register: (server) => {
        for (const tool of tools) registerView(server, tool, context);
      },
      toolMeta: (tool) => (hasView(tool) ? { ui: { resourceUri: viewUri(context, tool) } } : undefined),
    };
  },
};

type ToolWithView = Tool & { view: View };

const hasView = (feature: Feature): feature is ToolWithView =>
  feature.kind === 'tool' && feature.view !== undefined;

const viewUri = ({ offer }: RequestContext, tool: Tool) =>
  `ui://${encodeURIComponent(offer.identity.name)}/${tool.name}`;

/**
 * Offers a tool's view as a resource. It holds nothing of any user, so it needs no scope: clients read it when they
 * connect, before the user has granted what the tool needs.
 */
function registerView(server: McpServer, tool: ToolWithView, context: RequestContext): void {
  const { name, title, view } = tool;
  const uri = viewUri(context, tool);
  const { document, csp = {}, permissions, prefersBorder } = view;
  const _meta = {
    ui: { csp, ...(permissions && { permissions }), ...(prefersBorder !== undefined && { prefersBorder }) },
  };
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
