import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { accessToken } from '../support/access-token.ts';
import { call, type RawClient, rawClient } from '../support/mcp-request.ts';
import { useStack } from '../support/stack.ts';
import { answerOf, steps, work } from '../support/working-call.ts';

const root = fileURLToPath(new URL('../mcp-server', import.meta.url));
const stack = useStack({ root, instances: 3 });

let token: string;
let client: RawClient;
beforeAll(async () => {
  token = await accessToken(stack());
  client = rawClient(stack(), token);
  await client.initialize();
});

describe.concurrent('when time runs out', () => {
  let hurried: RawClient;
  beforeAll(async () => {
    hurried = rawClient(stack(), token, '/hurried/mcp');
    await hurried.initialize();
  });

  test.each([
    ['a tool that goes on and on', call('oblivious', { ms: 60_000 })],
    ['a tool that watches its signal', work(600, 100)],
    ['a question that nobody answers', call('test_input_required_result_elicitation')],
  ])('%s is answered with an error before the platform ends the function', async (_title, body) => {
    const started = performance.now();
    const answer = answerOf(await (await hurried.stream(body)).rest());
    expect(performance.now() - started).toBeLessThan(4_000);
    expect(JSON.stringify(answer?.error ?? answer?.result)).toMatch(/took too long|timed out/i);
  });

  test('a resumed stream closes itself, and the client may come again', async () => {
    const stream = await client.stream(work(16, 250), 0);
    const first = await stream.next();
    await stream.leave();
    const cut = await (await hurried.resume(first?.id, 1)).rest();
    expect(cut[0]?.retry).toBe(1000);
    expect(answerOf(cut)?.result).toBeUndefined();
    const rest = await (await client.resume(cut.at(-1)?.id, 2)).rest();
    expect(steps([...cut, ...rest])).toEqual(Array.from({ length: 16 }, (_, index) => index + 1));
  });
});
