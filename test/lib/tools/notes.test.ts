import { describe, expect, test } from 'vitest';
import { useTools } from '../../kit/tools.ts';

describe('the example tools', () => {
  const as = useTools();
  const add = async (user: string) => {
    const { text } = await as({ user }).call('add_note', { title: 'Milk', text: 'Two bottles.' });
    return /\(id (\w+)\)/.exec(text)?.[1] ?? '';
  };

  test('keep a user’s notes from every other user', async () => {
    await add('ada');
    expect((await as({ user: 'ada' }).call('list_notes')).text).toContain('Milk');
    expect((await as({ user: 'grace' }).call('list_notes')).text).not.toContain('Milk');
  });

  test('delete a note once the user agrees, and keep it otherwise', async () => {
    const id = await add('linus');
    const linus = as({ user: 'linus' });
    const no = await linus.call('delete_note', { id }, { answers: { confirm: { action: 'decline' } } });
    expect([no.text, no.asked]).toEqual(['The user kept the note.', ['Delete the note "Milk"?']]);
    const answers = { confirm: { action: 'accept', content: { delete: true } } } as const;
    expect((await linus.call('delete_note', { id }, { answers })).text).toBe('Deleted "Milk".');
  });

  test('ask before they delete', async () => {
    const id = await add('alan');
    await expect(as({ user: 'alan' }).call('delete_note', { id })).rejects.toThrow('asks "confirm"');
  });

  test('say how to go on with a client that cannot ask', async () => {
    const id = await add('edsger');
    const { isError, text } = await as({ user: 'edsger' }).call('delete_note', { id }, { cannotAsk: true });
    expect([isError, text]).toEqual([true, expect.stringContaining('confirm: true')]);
  });

  test('do not run without their scopes', async () => {
    const { missingScopes, text } = await as({ scopes: ['mcp:read'] }).call('add_note', {
      title: 'x',
      text: '',
    });
    expect([missingScopes, text]).toEqual([['mcp:read', 'mcp:write'], '']);
  });

  test('refuse arguments that do not fit, with an error for the model', async () => {
    expect((await as().call('add_note', { title: 7 })).isError).toBe(true);
  });
});
