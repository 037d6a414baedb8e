import { expect, test } from 'vitest';
import { defineTool } from '../../lib/mcp/define/tool.ts';
import { useTools } from './tools.ts';

const as = useTools([
  defineTool({
    name: 'token_length',
    title: 'Length of a token',
    description: 'Counts the characters of the token for the user’s account at GitHub.',
    scopes: [],
    accounts: ['github'],
    annotations: { readOnlyHint: true },
    handler: async (_args, call) => `${(await call.tokenFrom('github', { scopes: ['repo'] })).length}`,
  }),
]);

test('the kit gives a tool the token of an account that the user has connected', async () => {
  expect(await as({ tokens: { github: 'gho_ada' } }).call('token_length')).toMatchObject({ text: '7' });
});

test('no user gets the token of another', async () => {
  await as({ user: 'ada', tokens: { github: 'gho_ada' } }).call('token_length');
  const { isError, text } = await as({ user: 'grace', tokens: {} }).call('token_length');
  expect([isError, text]).toEqual([
    true,
    expect.stringContaining('The user must connect an account at GitHub first.'),
  ]);
});

test('without tokens, the server is not set up for them', async () => {
  expect((await as().call('token_length')).text).toContain('not set up to use accounts at GitHub');
});
