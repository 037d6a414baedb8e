import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ask } from '../../lib/mcp/define/question.ts';
import { defineTool, failure } from '../../lib/mcp/define/tool.ts';
import { allScopes } from '../../lib/scope-rules.ts';
import { useTools } from './tools.ts';

describe('the kit calls a tool', () => {
  const text = z.object({ text: z.string() });
  const as = useTools([
    defineTool({
      name: 'remember',
      title: 'Remember',
      description: 'Asks for something and remembers it.',
      scopes: allScopes,
      annotations: { readOnlyHint: false, destructiveHint: false },
      handler: async (_args, call) => {
        if (!call.canAskUser) return failure('Ask the user in the conversation.');
        const answer = call.answer('what', text);
        if (!answer) return ask({ what: { kind: 'form', message: 'What?', schema: text } });
        const things = call.collection('things', text, { maxEntries: 10, maxCharacters: 1000 });
        if (answer.action === 'accept') await things.put(randomUUID(), answer.content);
        return `Remembered ${(await things.all()).length}.`;
      },
    }),
  ]);
  const milk = { what: { action: 'accept', content: { text: 'milk' } } } as const;

  test('as a user, whose data no other user sees', async () => {
    await as({ user: 'ada' }).call('remember', {}, { answers: milk });
    expect((await as({ user: 'ada' }).call('remember', {}, { answers: milk })).text).toBe('Remembered 2.');
    expect((await as({ user: 'grace' }).call('remember', {}, { answers: milk })).text).toBe('Remembered 1.');
  });

  test('with the answers that the user gives to its forms', async () => {
    const { text, asked } = await as({ user: 'linus' }).call(
      'remember',
      {},
      { answers: { what: { action: 'decline' } } },
    );
    expect([text, asked]).toEqual(['Remembered 0.', ['What?']]);
  });

  test('and says which question has no answer', async () => {
    await expect(as().call('remember')).rejects.toThrow('asks "what"');
  });

  test('as a client that cannot ask', async () => {
    expect(await as().call('remember', {}, { cannotAsk: true })).toMatchObject({ isError: true, asked: [] });
  });

  test('with fewer scopes than it needs, which keeps it from running', async () => {
    const { missingScopes, text } = await as({ scopes: [] }).call('remember');
    expect([missingScopes, text]).toEqual([allScopes, '']);
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
