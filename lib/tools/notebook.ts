import { z } from 'zod';
import type { Caller } from '../mcp/define/call.ts';

export const note = z.object({
  title: z.string(),
  text: z.string(),
  /** ISO 8601. */
  createdAt: z.string(),
});
export type Note = z.output<typeof note>;

export const longestTitle = 200;
export const longestText = 10_000;
export const mostNotes = 200;

/** The signed-in user's notes: the same ones in every client, and nobody else's. */
export function notebook(caller: Caller) {
  const size = 6 * (longestTitle + longestText) + 200;
  return caller.collection('notes', note, { entries: mostNotes, size });
}

/** All notes, newest first. */
export async function allNotes(caller: Caller): Promise<[id: string, note: Note][]> {
  const notes = await notebook(caller).all();
  return notes.sort(([, a], [, b]) => b.createdAt.localeCompare(a.createdAt));
}

export const noteUri = (id: string) => `note://${id}`;

/** One line a note, for lists that a model reads. */
export const noteLine = ([id, { title, createdAt }]: [string, Note]) =>
  `- ${title} (id ${id}, ${createdAt.slice(0, 10)})`;
