import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { accessToken } from '../support/access-token.ts';
import { call, rawClient, textOf } from '../support/mcp-request.ts';
import { useStack } from '../support/stack.ts';

/** Longer than an instance waits for the store. */
const frozenMs = 2_000;

const stack = useStack();
afterEach(() => {
  stack().store.intercept = undefined;
});

test('an instance that is frozen while it asks the store reads the answer when it goes on', async () => {
  const client = rawClient(stack(), await accessToken(stack()));
  expect(await client.initialize()).toBeTruthy();
  const [pid = 0] = stack().functions.processIds();
  let frozen = 0;
  stack().store.intercept = async () => {
    if (frozen++ > 0) return undefined;
    process.kill(pid, 'SIGSTOP');
    void delay(frozenMs).then(() => process.kill(pid, 'SIGCONT'));
    return undefined;
  };
  const title = 'Written by a frozen instance';
  expect(textOf(await client.send(call('add_note', { title, text: '' })))).toContain(title);
  expect(frozen).toBeGreaterThan(1);
  expect(textOf(await client.send(call('list_notes')))).toContain(title);
});
