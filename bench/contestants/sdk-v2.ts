/** The bare SDK v2, without verification of a token: what every server built on it costs at least. */
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { echo, identity, toolNames } from './echo.ts';

const handler = createMcpHandler(() => {
  const server = new McpServer(identity);
  for (const name of toolNames)
    server.registerTool(
      name,
      { title: echo.title, description: echo.description, inputSchema: echo.input },
      (args) => ({ content: [{ type: 'text', text: echo.answer(args) }] }),
    );
  return server;
});

export default { fetch: (request: Request) => handler.fetch(request) };
