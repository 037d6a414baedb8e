import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { defineTool, failure } from '../mcp/define/tool.ts';
import { maxNotes, maxTextLength, maxTitleLength, notebook, noteUri } from './notebook.ts';

export const addNote = defineTool({
  name: 'add_note',
  title: 'Add a note',
  description: "Saves a note in the user's notebook. Returns the note's id.",
  scopes: ['mcp:write'],
  annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: false },
  input: z.object({
    title: z.string().trim().min(1).max(maxTitleLength).describe('A short title'),
    text: z.string().max(maxTextLength).describe('The note itself, plain text or Markdown'),
  }),
  handler: async ({ title, text }, call) => {
    const id = randomBytes(6).toString('hex');
    const outcome = await notebook(call).put(id, { title, text, createdAt: new Date().toISOString() });
    if (outcome === 'full')
      return failure(`The notebook is full (${maxNotes} notes). Delete one first with delete_note.`);
    if (outcome === 'too long') return failure('The note is too long. Split it.');
    await call.changed();
    return `Added "${title}" as ${noteUri(id)} (id ${id}).`;
  },
});
