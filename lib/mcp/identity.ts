import type { Implementation } from '@modelcontextprotocol/server';

/** How this server introduces itself. No icons: they have kept clients from connecting. */
export const serverIdentity: Implementation = {
  name: 'mcp-auth0-vercel',
  title: 'MCP server with Auth0 on Vercel',
  version: '0.1.0',
};

/** What a model is told about this server as a whole. */
export const instructions =
  'A notebook that belongs to the signed-in user. Use list_notes or search_notes before answering questions ' +
  'about what the user has noted, and add_note when the user wants something remembered.';
