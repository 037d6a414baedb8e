import type { Board } from './board.ts';

type Note = Board['notes'][number];

/** What a card's buttons do. Undefined cards have none. */
export type Actions = {
  /** Saves a note. Resolves to what is wrong, if it was not saved. */
  save(id: string, title: string, text: string): Promise<string | undefined>;
  remove(id: string, confirmed: boolean): Promise<void>;
};

/** A note as an item of the list. Without actions it can only be read. */
export function card(note: Note, actions: Actions | undefined): HTMLLIElement {
  const title = element('h2', { textContent: note.title, id: `title-${note.id}` });
  const time = element('time', { dateTime: note.createdAt, textContent: dayOf(note.createdAt) });
  const text = element('p', { className: 'text', textContent: note.text });
  const item = element('li', { className: 'card' }, title, time, text);
  item.dataset.id = note.id;
  if (actions) {
    const edit = button('Edit', note, () => item.replaceWith(editor(note, actions, item)));
    const remove = button('Delete', note, () => actions.remove(note.id, false));
    item.append(element('div', { className: 'actions' }, edit, remove));
  }
  return item;
}

/** The card while its note is edited. */
function editor(note: Note, actions: Actions, before: HTMLLIElement): HTMLLIElement {
  const title = element('input', { id: 'edit-title', value: note.title, maxLength: 200, required: true });
  const text = element('textarea', { id: 'edit-text', value: note.text, maxLength: 10_000, rows: 6 });
  const error = element('p', { className: 'error', id: 'edit-error' });
  error.setAttribute('role', 'alert');
  title.setAttribute('aria-describedby', error.id);

  const cancel = () => {
    item.replaceWith(before);
    before.querySelector('button')?.focus();
  };
  const save = async () => {
    title.setAttribute('aria-invalid', String(!title.value.trim()));
    error.textContent = title.value.trim()
      ? ((await actions.save(note.id, title.value, text.value)) ?? '')
      : 'Enter a title.';
  };
  const item = element(
    'li',
    { className: 'card editing' },
    element('label', { htmlFor: title.id, textContent: 'Title' }),
    title,
    element('label', { htmlFor: text.id, textContent: 'Text' }),
    text,
    error,
    element('div', { className: 'actions' }, button('Save', note, save), button('Cancel', note, cancel)),
  );
  item.dataset.id = note.id;
  // No <form>: a client's sandbox may not allow forms.
  item.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') cancel();
    if (event.key === 'Enter' && (event.target === title || event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void save();
    }
  });
  requestAnimationFrame(() => title.focus());
  return item;
}

/** The card that is being edited, if there is one. */
export const openEditor = (list: HTMLElement) => list.querySelector<HTMLLIElement>('.editing');

/** Asks in a card whether to delete its note. */
export function questionIn(list: HTMLElement, id: string, actions: Actions): void {
  const found = list.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"] .actions`);
  if (!found) return;
  const keep = element('button', { type: 'button', textContent: 'Keep' });
  const remove = element('button', { type: 'button', textContent: 'Delete', className: 'danger' });
  const text = element('p', { textContent: 'Delete this note permanently?', id: `question-${id}` });
  const question = element('div', { className: 'actions question' }, text, remove, keep);
  question.setAttribute('role', 'group');
  question.setAttribute('aria-labelledby', text.id);
  const close = () => {
    question.replaceWith(found);
    found.querySelector('button')?.focus();
  };
  keep.addEventListener('click', close);
  question.addEventListener('keydown', ({ key }) => key === 'Escape' && close());
  remove.addEventListener('click', () => void actions.remove(id, true));
  found.replaceWith(question);
  keep.focus();
}

/** Moves the focus to the first button of a note's card. Returns whether there is one. */
export function focusCard(list: HTMLElement, id: string): boolean {
  const first = list.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"] button`);
  first?.focus();
  return first !== null;
}

/** An element of the document that exists. */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`There is no ${id}`);
  return found;
}

function button(label: string, note: Note, onClick: () => unknown): HTMLButtonElement {
  const made = element('button', { type: 'button', textContent: label });
  // Read aloud, the buttons of different notes must differ.
  made.setAttribute('aria-label', `${label} “${note.title}”`);
  made.addEventListener('click', () => void onClick());
  return made;
}

function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]>,
  ...children: Node[]
): HTMLElementTagNameMap[Name] {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

const dayOf = (iso: string) => new Date(iso).toLocaleDateString(undefined, { dateStyle: 'medium' });
