import { openView } from '../../mcp/define/open-view.ts';
import type { deleteNote } from '../delete-note.ts';
import type { updateNote } from '../update-note.ts';
import { type Board, board, mustConfirm } from './board.ts';
import { type Actions, byId, card, focusCard, openEditor, questionIn } from './card.ts';
import type { notesBoard } from './tool.ts';

/** Typing pauses this long before it searches. */
const debounceMs = 250;

const query = byId('query', HTMLInputElement);
const list = byId('notes', HTMLUListElement);
const status = byId('status', HTMLParagraphElement);
const problem = byId('problem', HTMLParagraphElement);

const view = await openView({ name: 'Notes board', output: board, show: showResult, fail: report });

/** A result that the model asked for: its search becomes that of the board. */
function showResult(data: Board): void {
  query.value = data.query;
  render(data);
}

function render({ notes, leftOut, canChange }: Board): void {
  problem.textContent = '';
  const edited = openEditor(list);
  const cards = notes.map((note) =>
    // What the user is typing outlives a new result.
    edited?.dataset.id === note.id ? edited : card(note, canChange ? actions : undefined),
  );
  list.replaceChildren(...cards);
  const count = notes.length === 1 ? '1 note' : `${notes.length || 'No'} notes`;
  const more = leftOut ? `, and ${leftOut} more that do not fit: search to find them` : '';
  const permission = canChange ? '' : ' This app may read your notes but not change them.';
  status.textContent = `${count}${more}.${permission}`;
}

function report(message: string): void {
  if (status.textContent === 'Loading …') status.textContent = '';
  problem.textContent = message;
}

/** Only the answer to the latest search is shown. */
let latest = 0;

async function refresh(): Promise<void> {
  const mine = ++latest;
  const outcome = await view.call<typeof notesBoard>('notes_board', { query: query.value });
  if (mine !== latest) return;
  const data = board.safeParse(outcome.structuredContent);
  if (outcome.failed || !data.success) report(outcome.text || 'The notes could not be loaded.');
  else render(data.data);
}

const actions: Actions = {
  save: async (id, title, text) => {
    const outcome = await view.call<typeof updateNote>('update_note', { id, title, text });
    if (outcome.failed) return outcome.text || 'The note could not be saved.';
    openEditor(list)?.remove();
    await refresh();
    focusCard(list, id) || query.focus();
    status.textContent = outcome.text;
    return undefined;
  },
  remove: async (id, confirmed) => {
    const outcome = await view.call<typeof deleteNote>('delete_note', {
      id,
      ...(confirmed && { confirm: true }),
    });
    // A client that can ask has asked by now. Otherwise the board does.
    if (mustConfirm.safeParse(outcome.structuredContent).success) return questionIn(list, id, actions);
    if (outcome.failed) return report(outcome.text || 'The note could not be deleted.');
    const next = nextId(id);
    await refresh();
    focusCard(list, id) || focusCard(list, next) || query.focus();
    status.textContent = outcome.text;
  },
};

/** The note that takes the place of another. */
function nextId(id: string): string {
  const ids = [...list.children].map((each) => (each instanceof HTMLElement && each.dataset.id) || '');
  const index = ids.indexOf(id);
  return ids[index + 1] ?? ids[index - 1] ?? '';
}

let typing: ReturnType<typeof setTimeout> | undefined;
query.addEventListener('input', () => {
  clearTimeout(typing);
  typing = setTimeout(refresh, debounceMs);
});
