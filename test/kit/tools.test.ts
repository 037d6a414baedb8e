import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineTool } from '../../lib/mcp/define/tool.ts';
import { useTools } from './tools.ts';

describe('the kit calls the tools that ship', () => {
  const as = useTools();
  const add = async (user: string) => {
    const { text } = await as({ user }).call('add_note', { title: 'Milk', text: 'Two bottles.' });
    return /\(id (\w+)\)/.exec(text)?.[1] ?? '';
  };

  test('as a user, whose data no other user sees', async () => {
    await add('ada');
    expect((await as({ user: 'ada' }).call('list_notes')).text).toContain('Milk');
    expect((await as({ user: 'grace' }).call('list_notes')).text).not.toContain('Milk');
  });

  test('with the answers that the user gives to their forms', async () => {
    const id = await add('linus');
    const linus = as({ user: 'linus' });
    const no = await linus.call('delete_note', { id }, { answers: { confirm: { action: 'decline' } } });
    expect([no.text, no.asked]).toEqual(['The user kept the note.', ['Delete the note "Milk"?']]);
    const answers = { confirm: { action: 'accept', content: { delete: true } } } as const;
    expect((await linus.call('delete_note', { id }, { answers })).text).toBe('Deleted "Milk".');
  });

  test('and says which question has no answer', async () => {
    const id = await add('alan');
    await expect(as({ user: 'alan' }).call('delete_note', { id })).rejects.toThrow('asks "confirm"');
  });

  test('as a client that cannot ask', async () => {
    const id = await add('edsger');
    const { isError, text } = await as({ user: 'edsger' }).call('delete_note', { id }, { cannotAsk: true });
    expect([isError, text]).toEqual([true, expect.stringContaining('confirm: true')]);
  });

  test('with fewer scopes than they need, which keeps them from running', async () => {
    const { missingScopes, text } = await as({ scopes: ['mcp:read'] }).call('add_note', {
      title: 'x',
      text: '',
    });
    expect([missingScopes, text]).toEqual([['mcp:read', 'mcp:write'], '']);
  });

  test('with arguments that do not fit, as an error for the model', async () => {
    expect((await as().call('add_note', { title: 7 })).isError).toBe(true);
  });
});

describe('the kit shows what a tool', () => {
  const as = useTools([
    defineTool({
      name: 'work',
      title: 'Work',
      description: 'Works.',
      scopes: [],
      annotations: { readOnlyHint: true },
      output: z.object({ steps: z.number() }),
      handler: async (_args, call) => {
        await call.progress(1, 2, 'half');
        await call.log('info', 'working');
        return { content: [{ type: 'text', text: 'Done.' }], structuredContent: { steps: 2 } };
      },
    }),
  ]);

  test('reports, logs and returns', async () => {
    expect(await as().call('work')).toMatchObject({
      text: 'Done.',
      structuredContent: { steps: 2 },
      isError: false,
      progress: [{ progress: 1, total: 2, message: 'half' }],
      logs: [{ level: 'info', data: 'working' }],
    });
  });

  test('and that there is none of that name', async () => {
    await expect(as().call('play')).rejects.toThrow('play');
  });
});
