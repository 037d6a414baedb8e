import { z } from 'zod';
import { ask } from '../mcp/define/question.ts';
import { defineTool, failure } from '../mcp/define/tool.ts';
import { notebook, noteUri } from './notebook.ts';
import type { MustConfirm } from './notes-board/board.ts';

const confirmation = z.object({
  delete: z.boolean().describe('Delete this note permanently'),
});

/** Asks the user before it deletes: the example of a tool that asks. */
export const deleteNote = defineTool({
  name: 'delete_note',
  title: 'Delete a note',
  description: "Permanently deletes one of the user's notes, after the user has confirmed it.",
  scopes: ['mcp:write'],
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  input: z.object({
    id: z.string().min(1).max(64).describe("The note's id, from list_notes"),
    confirm: z
      .boolean()
      .optional()
      .describe(
        'Only for clients that cannot show a form: true once the user has agreed in the conversation',
      ),
  }),
  handler: async ({ id, confirm }, call) => {
    const notes = notebook(call);
    const note = await notes.get(id);
    if (!note) return failure(`There is no note ${id}. Use list_notes to find its id.`);

    if (call.canAskUser) {
      const answer = call.answer('confirm', confirmation);
      if (!answer)
        return ask({
          confirm: { kind: 'form', message: `Delete the note "${note.title}"?`, schema: confirmation },
        });
      if (answer.action !== 'accept' || !answer.content.delete) return 'The user kept the note.';
    } else if (!confirm)
      return {
        ...failure(
          `This client cannot ask the user. Ask in the conversation whether to delete "${note.title}", then call again with confirm: true.`,
        ),
        // For the board, which then asks the user itself.
        structuredContent: { mustConfirm: true } satisfies MustConfirm,
      };

    await notes.remove(id);
    await call.changed(noteUri(id));
    return `Deleted "${note.title}".`;
  },
});
