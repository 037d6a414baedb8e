import { z } from 'zod';
import { defineTool } from '../mcp/define/tool.ts';
import { allNotes, findNotes, noteLine } from './notebook.ts';

export const searchNotes = defineTool({
  name: 'search_notes',
  title: 'Search notes',
  description:
    "Finds the user's notes that contain every given word in title or text, and returns their text.",
  scopes: ['mcp:read'],
  annotations: { readOnlyHint: true, openWorldHint: false },
  input: z.object({ query: z.string().trim().min(1).max(200).describe('Words to look for') }),
  handler: async ({ query }, call) => {
    const found = findNotes(await allNotes(call), query);
    const words = query.split(/\s+/).map((word) => `"${word.toLowerCase()}"`);
    if (!found.length) return `No note contains ${words.join(' and ')}.`;
    return found.map((entry) => `${noteLine(entry)}\n${entry[1].text}`).join('\n\n');
  },
});
