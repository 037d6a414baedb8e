/** The SDK v1 as its examples serve it without sessions, without verification of a token. It has only the legacy era. */
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import { echo, identity, toolNames } from './echo.ts';

export default {
  async fetch(request: Request): Promise<Response> {
    const server = new McpServer(identity);
    for (const name of toolNames)
      server.registerTool(
        name,
        { title: echo.title, description: echo.description, inputSchema: echo.input.shape },
        (args) => ({ content: [{ type: 'text', text: echo.answer(args) }] }),
      );
    const transport = new WebStandardStreamableHTTPServerTransport({ sessionIdGenerator: undefined });
    await server.connect(transport);
    return transport.handleRequest(request);
  },
};
