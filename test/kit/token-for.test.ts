import { expect, test } from 'vitest';
import { defineTool } from '../../lib/mcp/define/tool.ts';
import { useTools } from './tools.ts';

const api = 'https://orders.example.com';

const as = useTools([
  defineTool({
    name: 'token_length',
    title: 'Length of a token',
    description: 'Counts the characters of the token for the API of orders.',
    scopes: [],
    annotations: { readOnlyHint: true },
    handler: async (_args, call) => `${(await call.tokenFor(api, { scopes: ['orders:read'] })).length}`,
  }),
]);

test('the kit gives a tool the token for another API of the tenant', async () => {
  const ada = as({ tokens: { [api]: 'a token' } });
  expect(await ada.call('token_length')).toMatchObject({ text: '7', isError: false });
});

test('a user without a token for an API may not use it', async () => {
  const { isError, text } = await as({ tokens: { 'https://stock.example.com': 'x' } }).call('token_length');
  expect([isError, text]).toEqual([true, `The user may not use ${api}. An administrator can allow it.`]);
});

test('without tokens, the server is not set up for other APIs', async () => {
  expect((await as().call('token_length')).text).toContain('not set up to call other APIs');
});
