import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { accessToken, other } from '../support/access-token.ts';
import { accepted, call, type RawClient, rawClient } from '../support/mcp-request.ts';
import { useStack } from '../support/stack.ts';

const root = fileURLToPath(new URL('../mcp-server', import.meta.url));
const stack = useStack({ root, instances: 3, store: 'redis' });

const isQuestion = ({ method }: { method?: string }) => method === 'elicitation/create';

describe('a question asked at one instance and answered at another', () => {
  let client: RawClient;
  beforeAll(async () => {
    client = rawClient(stack(), await accessToken(stack()));
    await client.initialize();
  });
  afterEach(() => {
    stack().store.faults.subscriptions = 'live';
    stack().store.faults.outage = 'none';
  });

  /** Calls a tool that asks for a name, at instance 0, up to the question. */
  const asked = async () => {
    const stream = await client.stream(call('test_input_required_result_elicitation'), 0);
    const { message } = await stream.until(isQuestion);
    return { stream, id: message?.id };
  };
  const textOf = (message: { result?: Record<string, unknown> } | undefined) =>
    JSON.stringify(message?.result?.content);

  test('the answer arrives within 50 ms in the median', async () => {
    const times: number[] = [];
    for (let round = 0; round < 15; round++) {
      const { stream, id } = await asked();
      const started = performance.now();
      const [answer] = await Promise.all([
        stream.until(({ result }) => result !== undefined),
        client.send(accepted(id, { name: 'Ada' }), 1),
      ]);
      times.push(performance.now() - started);
      expect(textOf(answer.message)).toContain('Hello, Ada!');
    }
    expect(times.sort((a, b) => a - b)[7]).toBeLessThan(50);
  });

  test('the id of the question is unguessable and different in every call', async () => {
    const ids = [];
    for (let round = 0; round < 2; round++) {
      const { stream, id } = await asked();
      ids.push(id);
      await client.send(accepted(id, { name: 'Ada' }), 2);
      await stream.rest();
    }
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^[\w-]{22}\.\d+$/);
  });

  test('an answer without the session header arrives too', async () => {
    const { stream, id } = await asked();
    await client.send(accepted(id, { name: 'Ada' }), 1, { 'mcp-session-id': '' });
    expect(textOf((await stream.rest()).at(-1)?.message)).toContain('Hello, Ada!');
  });

  test('a second answer, and one that comes too late, change nothing', async () => {
    const { stream, id } = await asked();
    const answers = await Promise.all([
      client.send(accepted(id, { name: 'Ada' }), 1),
      client.send(accepted(id, { name: 'Ada' }), 2),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    expect((await stream.rest()).filter(({ message }) => message?.result)).toHaveLength(1);
    expect((await client.send(accepted(id, { name: 'Eve' }), 2)).status).toBe(202);
  });

  test("someone else's answer changes nothing, even with the right id", async () => {
    const { stream, id } = await asked();
    const stranger = rawClient(stack(), await accessToken(stack(), { user: other }));
    await stranger.initialize();
    expect((await stranger.send(accepted(id, { name: 'Eve' }), 0)).status).toBe(202);
    const sameUser = rawClient(stack(), await accessToken(stack()));
    await sameUser.send(accepted(id, { name: 'Eve' }), 1);
    await client.send(accepted(id, { name: 'Ada' }), 1);
    expect(textOf((await stream.rest()).at(-1)?.message)).toContain('Hello, Ada!');
  });

  test.each([
    ['an answer to nothing', { jsonrpc: '2.0', id: 7, result: {} }],
    ['an answer to an invocation that never was', accepted(`${'A'.repeat(22)}.0`, {})],
    [
      'progress of nothing',
      { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 'x', progress: 1 } },
    ],
    [
      'cancellation of nothing',
      { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'x' } },
    ],
  ])('%s is taken and forgotten', async (_title, message) => {
    expect((await client.send(message, 1)).status).toBe(202);
  });

  test.each(['silent', 'closed'] as const)(
    'with subscriptions %s, polling takes over',
    async (subscriptions) => {
      stack().store.faults.subscriptions = subscriptions;
      const { stream, id } = await asked();
      const started = performance.now();
      await client.send(accepted(id, { name: 'Ada' }), 1);
      expect(textOf((await stream.rest()).at(-1)?.message)).toContain('Hello, Ada!');
      expect(performance.now() - started).toBeLessThan(3_000);
    },
  );

  test('subscriptions that drop in the middle of a wait are made up for', async () => {
    const { stream, id } = await asked();
    stack().store.faults.subscriptions = 'closed';
    await client.send(accepted(id, { name: 'Ada' }), 1);
    expect(textOf((await stream.rest()).at(-1)?.message)).toContain('Hello, Ada!');
  });

  test('without the store a question fails with a reason', async () => {
    const session = { 'mcp-session-id': '' };
    stack().store.faults.outage = 'unavailable';
    const answer = await client.send(call('test_input_required_result_elicitation'), 0, session);
    expect(answer.last.result?.isError).toBe(true);
  });

  test('an answer while the store is down is refused, so that the client can send it again', async () => {
    const { stream, id } = await asked();
    stack().store.faults.outage = 'unavailable';
    expect((await client.send(accepted(id, { name: 'Ada' }), 1)).status).toBe(503);
    stack().store.faults.outage = 'none';
    expect((await client.send(accepted(id, { name: 'Ada' }), 1)).status).toBe(202);
    expect(textOf((await stream.rest()).at(-1)?.message)).toContain('Hello, Ada!');
  });

  test('progress with an answer keeps its number on the way', async () => {
    const { stream, id } = await asked();
    const progressToken = id;
    const progress = {
      jsonrpc: '2.0',
      method: 'notifications/progress',
      params: { progressToken, progress: 1 },
    };
    expect((await client.send(progress, 2)).status).toBe(202);
    await client.send(accepted(id, { name: 'Ada' }), 1);
    expect(textOf((await stream.rest()).at(-1)?.message)).toContain('Hello, Ada!');
  });

  test('cancelling a call that asks ends its stream without an answer, and withdraws the question', async () => {
    const body = call('test_input_required_result_elicitation');
    const stream = await client.stream(body, 0);
    const { message } = await stream.until(isQuestion);
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: body.id } };
    await client.send(cancel, 1);
    const rest = await stream.rest();
    expect(rest.filter((event) => event.message?.result)).toEqual([]);
    expect(rest.at(-1)?.message).toMatchObject({
      method: 'notifications/cancelled',
      params: { requestId: message?.id },
    });
    expect((await client.send(accepted(message?.id, { name: 'Ada' }), 1)).status).toBe(202);
  });
});
