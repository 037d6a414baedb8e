import { z } from 'zod';
import { defineTool } from '../../mcp/define/tool.ts';
import { satisfies } from '../../scope-rules.ts';
import { allNotes, findNotes, noteLine } from '../notebook.ts';
import { type Board, board } from './board.ts';

/** Well below what a result may have, because the text for the model comes on top. In characters of JSON. */
const maxCharacters = 80_000;

/** Shows notes to the user: the example of a tool with a view. */
export const notesBoard = defineTool({
  name: 'notes_board',
  title: 'Notes board',
  description:
    "Shows the user's notes, newest first, as a board where the user can search, edit and delete them. Use it when the user wants to see or tidy up notes.",
  scopes: ['mcp:read'],
  annotations: { readOnlyHint: true, openWorldHint: false },
  input: z.object({
    query: z.string().trim().max(200).default('').describe('Words to look for; leave out for all notes'),
  }),
  output: board,
  view: { document: new URL('./view.bundle.html', import.meta.url), prefersBorder: true },
  handler: async ({ query }, call) => {
    const found = findNotes(await allNotes(call), query);
    const notes: Board['notes'] = [];
    let left = maxCharacters;
    for (const [id, note] of found) {
      left -= JSON.stringify(note).length;
      if (left < 0) break;
      notes.push({ id, ...note });
    }
    const leftOut = found.length - notes.length;
    const lines = found.slice(0, notes.length).map(noteLine);
    if (leftOut) lines.push(`${leftOut} more notes are not shown. Search to find them.`);
    const canChange = satisfies(call.principal.scopes, ['mcp:write']);
    return {
      content: [{ type: 'text', text: lines.join('\n') || 'No notes.' }],
      structuredContent: { notes, query, leftOut, canChange } satisfies Board,
    };
  },
});
