import type { Identity } from '../mcp/define/offer.ts';
import { serverName, serverVersion } from '../version.ts';

/** How this server introduces itself to clients and models. It has no icons, because they keep some clients from connecting. */
export const identity: Identity = {
  name: serverName,
  title: 'MCP server with Auth0 on Vercel',
  version: serverVersion,
  instructions:
    'A notebook that belongs to the signed-in user. Use list_notes or search_notes before answering questions ' +
    'about what the user has noted, and add_note when the user wants something remembered.',
};
