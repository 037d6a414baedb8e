import { z } from 'zod';
import type { Feature } from '../../../lib/mcp/define/feature.ts';
import { defineTool } from '../../../lib/mcp/define/tool.ts';

/** Calls another API as the user, at an address that only tests name. */
export const downstream: Feature[] = [
  defineTool({
    name: 'list_orders',
    title: 'List orders',
    description: 'Lists the user’s orders.',
    scopes: [],
    annotations: { readOnlyHint: true },
    input: z.object({ url: z.url(), audience: z.string(), scope: z.string().default('orders:read') }),
    handler: async ({ url, audience, scope }, call) => {
      const token = await call.tokenFor(audience, { scopes: [scope] });
      const response = await fetch(url, {
        headers: { authorization: `Bearer ${token}` },
        signal: call.signal,
      });
      return `${response.status} ${await response.text()}`;
    },
  }),
];
