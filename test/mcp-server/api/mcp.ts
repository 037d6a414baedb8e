import { mcpEndpoint } from '../../../lib/mcp/endpoint.ts';
import { features } from '../features/index.ts';

export default mcpEndpoint(features);
