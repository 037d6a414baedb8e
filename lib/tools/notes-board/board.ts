import { z } from 'zod';

/** What the tool returns and the view shows. */
export const board = z.object({
  notes: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      text: z.string(),
      createdAt: z.string().describe('ISO 8601'),
    }),
  ),
  query: z.string().describe('What was searched for; empty for all notes'),
  leftOut: z.number().describe('How many more notes there are than fit in a result'),
  canChange: z.boolean().describe('Whether the user lets this client change notes'),
});
export type Board = z.output<typeof board>;

/** What `delete_note` adds to its error if whoever calls it must ask the user. */
export const mustConfirm = z.object({ mustConfirm: z.literal(true) });
export type MustConfirm = z.output<typeof mustConfirm>;
