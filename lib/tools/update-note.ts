import { z } from 'zod';
import { defineTool, failure } from '../mcp/define/tool.ts';
import { maxTextLength, maxTitleLength, notebook, noteUri } from './notebook.ts';

export const updateNote = defineTool({
  name: 'update_note',
  title: 'Change a note',
  description: "Replaces the title and text of one of the user's notes.",
  scopes: ['mcp:write'],
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  input: z.object({
    id: z.string().min(1).max(64).describe("The note's id, from list_notes"),
    title: z.string().trim().min(1).max(maxTitleLength).describe('The new title'),
    text: z.string().max(maxTextLength).describe('The whole new text, plain text or Markdown'),
  }),
  handler: async ({ id, title, text }, call) => {
    const notes = notebook(call);
    const note = await notes.get(id);
    if (!note) return failure(`There is no note ${id}. Use list_notes to find its id.`);
    if ((await notes.put(id, { ...note, title, text })) !== 'stored')
      return failure('The note is too long. Split it.');
    await call.changed(noteUri(id));
    return `Changed "${title}".`;
  },
});
