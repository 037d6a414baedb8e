import { z } from 'zod';
import { defineTool } from '../mcp/define/tool.ts';
import { allNotes, noteLine } from './notebook.ts';

export const searchNotes = defineTool({
  name: 'search_notes',
  title: 'Search notes',
  description:
    "Finds the user's notes that contain every given word in title or text, and returns their text.",
  scopes: ['mcp:read'],
  annotations: { readOnlyHint: true, openWorldHint: false },
  input: z.object({ query: z.string().trim().min(1).max(200).describe('Words to look for') }),
  handler: async ({ query }, call) => {
    const words = query.toLowerCase().split(/\s+/);
    const found = (await allNotes(call)).filter(([, { title, text }]) => {
      const haystack = `${title} ${text}`.toLowerCase();
      return words.every((word) => haystack.includes(word));
    });
    if (!found.length) return `No note contains ${words.map((word) => `"${word}"`).join(' and ')}.`;
    return found.map((entry) => `${noteLine(entry)}\n${entry[1].text}`).join('\n\n');
  },
});
