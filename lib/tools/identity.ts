import type { Implementation } from '@modelcontextprotocol/server';
import { serverName, serverVersion } from '../version.ts';

/** How this server introduces itself. No icons: they have kept clients from connecting. */
export const serverIdentity: Implementation = {
  name: serverName,
  title: 'MCP server with Auth0 on Vercel',
  version: serverVersion,
};

/** What a model is told about this server as a whole. */
export const instructions =
  'A notebook that belongs to the signed-in user. Use list_notes or search_notes before answering questions ' +
  'about what the user has noted, and add_note when the user wants something remembered.';
