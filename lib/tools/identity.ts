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
  examples: [
    'Note that the spare key is with Ada.',
    'What have I noted about the garden?',
    'Make a shopping list of my notes about the party, and note it.',
  ],
  // Fill in before others use the server: who runs it, and below where they reach you.
  // operator: 'Acme Inc.',
  storedData: [
    'Your notes: title and text of each. They are kept until you delete them, and are not encrypted.',
  ],
  links: {
    // The front page and the privacy page of this project. Your own go here, if you have them.
    documentation: '/',
    privacy: '/privacy',
    // support: 'mailto:help@example.com',
  },
};
