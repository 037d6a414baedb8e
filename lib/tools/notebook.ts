import { z } from 'zod';
import type { Caller } from '../mcp/define/call.ts';

export const note = z.object({
  title: z.string(),
  text: z.string(),
  /** ISO 8601. */
  createdAt: z.string(),
});
export type Note = z.output<typeof note>;

export const maxTitleLength = 200;
export const maxTextLength = 10_000;
export const maxNotes = 200;

/** The signed-in user's notes, the same in every client. */
export function notebook(caller: Caller) {
  // In JSON a character may take up to six; 200 for the rest of a note.
  const maxCharacters = 6 * (maxTitleLength + maxTextLength) + 200;
  return caller.collection('notes', note, { maxEntries: maxNotes, maxCharacters });
}

/** All notes, newest first. */
export async function allNotes(caller: Caller): Promise<[id: string, note: Note][]> {
  const notes = await notebook(caller).all();
  return notes.sort(([, a], [, b]) => b.createdAt.localeCompare(a.createdAt));
}

/** The notes that contain every word of a query in title or text. All of them if it has no words. */
export function findNotes(notes: [id: string, note: Note][], query: string): [id: string, note: Note][] {
  const words = query.toLowerCase().split(/\s+/);
  return notes.filter(([, { title, text }]) => {
    const haystack = `${title} ${text}`.toLowerCase();
    return words.every((word) => haystack.includes(word));
  });
}

export const noteUri = (id: string) => `note://${id}`;

/** A note as one line of a list that a model reads. */
export const noteLine = ([id, { title, createdAt }]: [string, Note]) =>
  `- ${title} (id ${id}, ${createdAt.slice(0, 10)})`;
