import type { Identity } from '../mcp/define/identity.ts';
import { serverName, serverVersion } from '../version.ts';

/** How this server introduces itself to people, clients and models. This file is yours. */
export const identity: Identity = {
  name: serverName,
  version: serverVersion,
  title: 'Notes',
  description: 'A notebook that Claude and other AI apps can read and write for you.',
  instructions:
    'A notebook that belongs to the signed-in user. Use list_notes or search_notes before answering questions ' +
    'about what the user has noted, and add_note when the user wants something remembered.',
  logo: '/logo.svg',
};
