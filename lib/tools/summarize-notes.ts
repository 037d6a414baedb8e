import { z } from 'zod';
import { definePrompt } from '../mcp/define/prompt.ts';
import { allNotes } from './notebook.ts';

export const summarizeNotes = definePrompt({
  name: 'summarize_notes',
  title: 'Summarize my notes',
  description: 'Hands your notes to the model and asks for a summary.',
  scopes: ['mcp:read'],
  input: z.object({ focus: z.string().max(200).optional().describe('What the summary should be about') }),
  handler: async ({ focus }, call) => {
    const notes = await allNotes(call);
    const about = focus ? ` Concentrate on: ${focus}.` : '';
    const text = notes.map(([, { title, text }]) => `## ${title}\n\n${text}`).join('\n\n');
    return {
      messages: [
        {
          role: 'user',
          content: {
            type: 'text',
            text: notes.length
              ? `Summarize these notes of mine.${about}\n\n${text}`
              : 'My notebook is empty. Tell me what I could use it for.',
          },
        },
      ],
    };
  },
});
