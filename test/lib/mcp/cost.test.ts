import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { accessToken } from '../../support/access-token.ts';
import { connectAccount, linkIn } from '../../support/account-user.ts';
import {
  call,
  modern,
  poster,
  type RawClient,
  rawClient,
  request,
  textOf,
} from '../../support/mcp-request.ts';
import { useStack } from '../../support/stack.ts';

const root = fileURLToPath(new URL('../../mcp-server', import.meta.url));
const stack = useStack({ root, instances: 1, accounts: true });

let client: RawClient;
beforeAll(async () => {
  client = rawClient(stack(), await accessToken(stack()));
  await client.initialize();
  await client.send(call('test_simple_text'));
});

/** Requests that some exchange makes to the store and to Auth0, and commands in the former. */
const costOf = async (exchange: () => Promise<unknown>) => {
  await stack().functions.idle();
  const asked = stack().tenant.requests.length;
  stack().store.resetCounts();
  await exchange();
  await stack().functions.idle();
  const { requests, commands } = stack().store;
  return { requests, commands, auth0: stack().tenant.requests.length - asked };
};

const free = { requests: 0, commands: 0, auth0: 0 };
const one = { requests: 1, commands: 1, auth0: 0 };
const noSession = { 'mcp-session-id': '' };

test.each<[string, () => Promise<unknown>, typeof free]>([
  [
    'a modern call',
    () => client.send(...at(modern('tools/call', { name: 'test_simple_text', arguments: {} }))),
    free,
  ],
  ['a modern list', () => client.send(...at(modern('tools/list'))), free],
  ['a modern discovery', () => client.send(...at(modern('server/discover'))), free],
  ['a legacy call with the session header', () => client.send(call('test_simple_text')), one],
  ['a legacy call without it', () => client.send(call('test_simple_text'), 0, noSession), one],
  ['a legacy list', () => client.send(request('tools/list')), one],
  ['a notification', () => client.send({ jsonrpc: '2.0', method: 'notifications/initialized' }), one],
  [
    'a notification without the session header',
    () => client.send({ jsonrpc: '2.0', method: 'notifications/initialized' }, 0, noSession),
    free,
  ],
  ['initialize', () => client.initialize(), { requests: 1, commands: 1, auth0: 0 }],
  ['a foreign session id', () => client.send(call('test_simple_text'), 0, { 'mcp-session-id': 'x' }), one],
  [
    'a call with progress that is over within a second',
    () => client.send(withProgress(call('work', { steps: 3, ms: 20 }))),
    one,
  ],
])('warm: %s', async (_title, exchange, cost) => {
  expect(await costOf(exchange)).toEqual(cost);
});

test('a call of two seconds costs a handful of requests, not one an event', async () => {
  const cost = await costOf(() => client.send(withProgress(call('work', { steps: 100, ms: 20 }))));
  expect(cost.auth0).toBe(0);
  expect(cost.requests).toBeLessThan(12);
  expect(cost.commands).toBeLessThan(130);
});

test('a kept token for an account costs one request, which says that the account is still connected', async () => {
  const bearer = await accessToken(stack(), { scope: 'mcp:read offline_access' });
  const use = () => poster(stack(), bearer)(...modern('tools/call', { name: 'use_account', arguments: {} }));
  await connectAccount(linkIn(textOf(await use())));
  expect(textOf(await use())).toMatch(/^[0-9a-f]{64}$/);
  expect(await costOf(use)).toEqual({ requests: 1, commands: 2, auth0: 0 });
});

test('a request without a token costs nothing', async () => {
  const anonymous = () => fetch(stack().mcpUrl, { method: 'POST', body: '{}' });
  expect(await costOf(anonymous)).toEqual(free);
});

function withProgress(body: ReturnType<typeof call>) {
  return { ...body, params: { ...body.params, _meta: { progressToken: 'p' } } };
}

function at([body, headers]: ReturnType<typeof modern>): [unknown, number, Record<string, string>] {
  return [body, 0, headers];
}
