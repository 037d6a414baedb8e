import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { accessToken } from '../support/access-token.ts';
import { useStack } from '../support/stack.ts';
import { isOver, type TaskClient, taskClient, textIn } from '../support/task-client.ts';

const root = fileURLToPath(new URL('../mcp-server', import.meta.url));
const stack = useStack({ root, instances: 3, store: 'redis' });

let token: string;
let client: TaskClient;
beforeAll(async () => {
  token = await accessToken(stack());
  client = taskClient(stack(), token);
});
afterEach(() => {
  stack().store.faults.outage = 'none';
});

describe('a task', () => {
  it('fails with a reason when the instance that works on it dies', async () => {
    const { taskId } = await client.call('slow_compute', { seconds: 60, label: 'lost' }, 2);
    await stack().functions.kill(2);
    expect(await client.get(taskId, 0)).toMatchObject({ status: 'working' });
    const lost = await client.until(taskId, isOver, [0, 1]);
    expect(lost).toMatchObject({
      status: 'failed',
      error: { code: -32603, message: expect.stringMatching(/stopped without a result/) },
    });
  });

  it('that waits for an answer outlives every instance', async () => {
    const { taskId } = await client.call('confirm_delete', { filename: 'a.txt' });
    await client.until(taskId, ({ status }) => status === 'input_required');
    for (const instance of [0, 1, 2]) await stack().functions.kill(instance);
    const yes = { '1.confirm': { action: 'accept', content: { confirm: true } } };
    await client.update(taskId, yes, 1);
    expect(textIn(await client.until(taskId, isOver))).toBe('Deleted a.txt.');
  });

  it('of a function that runs out of time ends with an error result before the platform ends the function', async () => {
    const hurried = taskClient(stack(), token, undefined, '/hurried/mcp');
    const { taskId } = await hurried.call('slow_compute', { seconds: 60, label: 'long' });
    const done = await client.until(taskId, isOver);
    expect(done).toMatchObject({ status: 'completed', result: { isError: true } });
    expect(textIn(done)).toMatch(/took too long/);
  });

  it('survives a store that is unavailable for a few seconds', async () => {
    const { taskId } = await client.call('slow_compute', { seconds: 4, label: 'patient' });
    stack().store.faults.outage = 'unavailable';
    expect((await client.get(taskId)).error?.code).toBe(-32603);
    await new Promise((resolve) => setTimeout(resolve, 4_500));
    stack().store.faults.outage = 'none';
    expect(textIn(await client.until(taskId, isOver))).toBe('Computed patient.');
  });
});

it('without the store, a call is an ordinary one', async () => {
  stack().store.faults.outage = 'unavailable';
  const answer = await client.call('slow_compute', { seconds: 2, label: 'anyway' });
  expect(answer.resultType).toBe('complete');
  expect(textIn(answer)).toBe('Computed anyway.');
});
