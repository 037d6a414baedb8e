import { z } from 'zod';
import type { Extension } from '../../server/extension.ts';
import { registerView } from './register-view.ts';
import { hasView, viewMimeType, viewUri } from './view.ts';

/** What a client declares: the media types that it can show. */
const declaration = z.object({ mimeTypes: z.array(z.string()) });

/**
 * MCP Apps (SEP-1865): tools point to their view, which is served as a resource. A client that has not declared that it
 * shows views sees neither.
 */
export const apps: Extension = {
  identifier: 'io.modelcontextprotocol/ui',
  serve: ({ declared, context }) => {
    if (!declaration.safeParse(declared).data?.mimeTypes.includes(viewMimeType)) return undefined;
    const tools = context.offer.features.filter(hasView);
    if (!tools.length) return undefined;
    const { name } = context.offer.identity;
    return {
      settings: {},
      register: (server) => {
        for (const tool of tools) registerView(server, tool, viewUri(name, tool), context);
      },
      toolMeta: (tool) => (hasView(tool) ? { ui: { resourceUri: viewUri(name, tool) } } : undefined),
    };
  },
};
