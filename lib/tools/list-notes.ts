import { defineTool } from '../mcp/define/tool.ts';
import { allNotes, noteLine } from './notebook.ts';

export const listNotes = defineTool({
  name: 'list_notes',
  title: 'List notes',
  description:
    "Lists the user's notes by title, newest first. Read a note's text as the resource note://{id}.",
  scopes: ['mcp:read'],
  annotations: { readOnlyHint: true, openWorldHint: false },
  handler: async (_args, call) => {
    const notes = await allNotes(call);
    return notes.length ? notes.map(noteLine).join('\n') : 'The notebook is empty.';
  },
});
