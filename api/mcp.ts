import { mcpEndpoint } from '../lib/mcp/endpoint.ts';
import { identity } from '../lib/tools/identity.ts';
import { features } from '../lib/tools/index.ts';

export default mcpEndpoint({ identity, features });
