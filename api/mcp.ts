import { mcpEndpoint } from '../lib/mcp/endpoint.ts';
import { features } from '../lib/tools/index.ts';

export default mcpEndpoint(features);
