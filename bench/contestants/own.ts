/** This server's own endpoint, complete: bearer, log line, deadline, limits, and sessions of the legacy era. */
import { defineTool } from '../../lib/mcp/define/tool.ts';
import { mcpEndpoint } from '../../lib/mcp/endpoint.ts';
import { baselineScopes } from '../../lib/scopes.ts';
import { echo, identity, toolNames } from './echo.ts';

const features = toolNames.map((name) =>
  defineTool({
    name,
    title: echo.title,
    description: echo.description,
    scopes: [...baselineScopes],
    annotations: { readOnlyHint: true },
    input: echo.input,
    handler: (args) => echo.answer(args),
  }),
);

export default mcpEndpoint({ identity, features });
