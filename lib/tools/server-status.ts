import { z } from 'zod';
import { defineTool } from '../mcp/define/tool.ts';
import { serverVersion } from '../version.ts';

/** Shows an operator how this deployment is doing, without any secret. */
export const serverStatus = defineTool({
  name: 'server_status',
  title: 'Server status',
  description:
    'Shows which deployment answers, how long its instance has been up, and whether its store is reachable.',
  scopes: ['mcp:admin'],
  annotations: { readOnlyHint: true, openWorldHint: false },
  output: z.object({
    version: z.string(),
    environment: z.string(),
    commit: z.string().optional(),
    region: z.string().optional(),
    uptimeSeconds: z.number(),
    store: z.enum(['reachable', 'unreachable', 'not configured']),
    storeMilliseconds: z.number().optional(),
  }),
  handler: async (_args, call) => {
    const { environment, commit, region } = call.deployment;
    const store = await call.checkStore();
    const status = {
      version: serverVersion,
      environment,
      ...(commit && { commit }),
      ...(region && { region }),
      uptimeSeconds: Math.round(process.uptime()),
      store: store.state,
      ...(store.state === 'reachable' && { storeMilliseconds: store.ms }),
    };
    return { content: [{ type: 'text', text: JSON.stringify(status, null, 2) }], structuredContent: status };
  },
});
