import type { Feature } from '../../define/feature.ts';
import type { Tool } from '../../define/tool.ts';
import type { View } from '../../define/view.ts';

/** The media type of a view's document (SEP-1865). */
export const viewMimeType = 'text/html;profile=mcp-app';

export type ToolWithView = Tool & { view: View };

export const hasView = (feature: Feature): feature is ToolWithView =>
  feature.kind === 'tool' && feature.view !== undefined;

/** Where a tool's view is read. */
export const viewUri = (serverName: string, tool: Tool) =>
  `ui://${encodeURIComponent(serverName)}/${tool.name}`;
