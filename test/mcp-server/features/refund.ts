import { defineTool } from '../../../lib/mcp/define/tool.ts';

/** For those alone who have a permission. */
export const refund = defineTool({
  name: 'refund_order',
  title: 'Refund an order',
  description: 'Refunds an order.',
  scopes: [],
  permissions: ['orders:refund'],
  annotations: { destructiveHint: true },
  handler: () => 'Refunded.',
});
