import { beforeAll, describe, expect, test } from 'vitest';
import { maxNotes, maxTextLength, maxTitleLength } from '../../../lib/tools/notebook.ts';
import { accessToken, administrator, other } from '../../support/access-token.ts';
import { modern, type Post, poster, textOf } from '../../support/mcp-request.ts';
import { useStack } from '../../support/stack.ts';

const stack = useStack({ instances: 2 });

let post: Post;
beforeAll(async () => {
  post = poster(stack(), await accessToken(stack()));
});

const tool = (name: string, args: Record<string, unknown> = {}, as = post) =>
  as(...modern('tools/call', { name, arguments: args }));
const idIn = (text: string) => /\(id (\w+)\)/.exec(text)?.[1] ?? '';

describe('the notebook', () => {
  test('belongs to the user: other clients of the user see it, other users do not', async () => {
    const id = idIn(textOf(await tool('add_note', { title: 'Mine', text: 'secret plan' })));
    const otherClient = poster(stack(), await accessToken(stack()));
    const otherUser = poster(stack(), await accessToken(stack(), { user: other }));
    expect(textOf(await tool('list_notes', {}, otherClient))).toContain(id);
    expect(textOf(await tool('list_notes', {}, otherUser))).not.toContain(id);
    expect(textOf(await tool('search_notes', { query: 'plan' }, otherUser))).toMatch(/No note/);
    expect((await otherUser(...modern('resources/read', { uri: `note://${id}` }))).last.error?.code).toBe(
      -32602,
    );
    expect(textOf(await tool('delete_note', { id, confirm: true }, otherUser))).toMatch(/There is no note/);
  });

  test('finds notes by all words, in any case, in title or text', async () => {
    await tool('add_note', { title: 'Shopping', text: 'Milk and Honey' });
    expect(textOf(await tool('search_notes', { query: 'honey SHOPPING' }))).toContain('Milk and Honey');
    expect(textOf(await tool('search_notes', { query: 'honey vinegar' }))).toBe(
      'No note contains "honey" and "vinegar".',
    );
  });

  test.each([
    ['no title', { title: '   ', text: '' }],
    ['too long a title', { title: 'x'.repeat(maxTitleLength + 1), text: '' }],
    ['too long a text', { title: 'x', text: 'x'.repeat(maxTextLength + 1) }],
    ['no text', { title: 'x' }],
  ])('takes no note with %s', async (_title, args) => {
    expect((await tool('add_note', args)).last.result?.isError).toBe(true);
  });

  test('takes the longest note that it promises to, in any characters', async () => {
    const longest = { title: '\u{1f600}'.repeat(maxTitleLength / 2), text: '"'.repeat(maxTextLength) };
    expect((await tool('add_note', longest)).last.result?.isError).toBeUndefined();
  });

  test('changes a note that exists, and says so if it does not', async () => {
    const id = idIn(textOf(await tool('add_note', { title: 'Draft', text: 'One' })));
    const changed = { id, title: 'Final', text: 'Two' };
    expect(textOf(await tool('update_note', changed))).toBe('Changed "Final".');
    expect(textOf(await tool('search_notes', { query: 'final' }))).toMatch(/Final[\s\S]*Two/);
    const otherUser = poster(stack(), await accessToken(stack(), { user: other }));
    expect(textOf(await tool('update_note', changed, otherUser))).toMatch(/There is no note/);
  });

  test('shows as many notes on the board as a result may hold, and counts the others', async () => {
    const writer = poster(stack(), await accessToken(stack(), { user: administrator }));
    const longest = { title: 'Long', text: '"'.repeat(maxTextLength) };
    for (let count = 0; count < 6; count++) await tool('add_note', longest, writer);
    const { isError, content, structuredContent } = (await tool('notes_board', {}, writer)).last.result ?? {};
    expect(isError).toBeFalsy();
    expect(structuredContent).toMatchObject({ leftOut: 3, notes: [longest, longest, longest] });
    expect(content).toMatchObject([{ text: expect.stringContaining('3 more notes are not shown.') }]);
    const found = await tool('notes_board', { query: 'absent' }, writer);
    expect(found.last.result).toMatchObject({
      content: [{ text: 'No notes.' }],
      structuredContent: { notes: [], query: 'absent', leftOut: 0 },
    });
  });

  test('is full at its limit, also when two instances add at once, and takes notes again after one has gone', async () => {
    const filler = poster(stack(), await accessToken(stack(), { user: other }));
    const ids = [];
    for (let batch = 0; batch < maxNotes / 20; batch++) {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) => tool('add_note', { title: `${index}`, text: '' }, filler)),
      );
      ids.push(...answers.map((answer) => idIn(textOf(answer))));
    }
    const beyond = await Promise.all(
      [1, 2, 3, 4].map(() => tool('add_note', { title: 'x', text: '' }, filler)),
    );
    for (const answer of beyond) expect(textOf(answer)).toMatch(/notebook is full/);
    await tool('delete_note', { id: ids[0], confirm: true }, filler);
    expect(textOf(await tool('add_note', { title: 'x', text: '' }, filler))).toMatch(/^Added/);
  });
});

test('the status tool says which deployment answers and whether the store does, and nothing secret', async () => {
  const admin = poster(stack(), await accessToken(stack(), { user: administrator, scope: 'mcp:admin' }));
  const reachable = await tool('server_status', {}, admin);
  expect(reachable.last.result?.structuredContent).toMatchObject({
    environment: 'local',
    store: 'reachable',
  });
  expect(reachable.text).not.toContain(stack().env.UPSTASH_REDIS_REST_TOKEN);
  stack().store.faults.outage = 'unavailable';
  const unreachable = await tool('server_status', {}, admin);
  stack().store.faults.outage = 'none';
  expect(unreachable.last.result?.structuredContent).toMatchObject({ store: 'unreachable' });
});
