import type { Feature } from '../mcp/define/feature.ts';
import { addNote } from './add-note.ts';
import { deleteNote } from './delete-note.ts';
import { listNotes } from './list-notes.ts';
import { noteResource } from './note-resource.ts';
import { notesBoard } from './notes-board/tool.ts';
import { searchNotes } from './search-notes.ts';
import { serverStatus } from './server-status.ts';
import { summarizeNotes } from './summarize-notes.ts';
import { upcomingEvents } from './upcoming-events.ts';
import { updateNote } from './update-note.ts';
import { whoami } from './whoami.ts';

/** Everything this server offers. A new tool is one new file and one line here. */
export const features: readonly Feature[] = [
  whoami,
  addNote,
  listNotes,
  searchNotes,
  notesBoard,
  updateNote,
  deleteNote,
  noteResource,
  summarizeNotes,
  upcomingEvents,
  serverStatus,
];
