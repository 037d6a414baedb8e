import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { accessToken } from '../support/access-token.ts';
import { accepted, call, type RawClient, rawClient } from '../support/mcp-request.ts';
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

describe('when the instance that runs a call dies', () => {
  /** Kills instance 0 and gives what the client finds when it comes back. */
  const die = async (lastId: string | undefined) => {
    await stack().functions.kill(0);
    const started = performance.now();
    const events = await (await client.resume(lastId, 1)).rest();
    return { events, answer: answerOf(events), seconds: (performance.now() - started) / 1000 };
  };

  test('in its first second, before anything was stored', async () => {
    const body = call('oblivious', { ms: 30_000 });
    const stream = await client.stream(body, 0);
    const first = await stream.next();
    const { answer, seconds } = await die(first?.id);
    expect(answer).toMatchObject({ id: body.id, error: { message: expect.stringMatching(/lost/) } });
    expect(seconds).toBeLessThan(20);
  });

  test('while it works: what was stored arrives, then the error', async () => {
    const body = work(100, 100);
    const stream = await client.stream(body, 0);
    const first = await stream.next();
    await stream.until(({ params }) => params?.progress === 25);
    const { events, answer } = await die(first?.id);
    expect(steps(events).slice(0, 10)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(answer).toMatchObject({ id: body.id, error: { message: expect.stringMatching(/lost/) } });
    await expect(stream.rest()).rejects.toThrow();
  });

  test('while its question is open: the answer is taken, the call is reported lost', async () => {
    const body = call('test_input_required_result_elicitation');
    const stream = await client.stream(body, 0);
    const first = await stream.next();
    const { message } = await stream.until(({ method }) => method === 'elicitation/create');
    await stack().functions.kill(0);
    expect((await client.send(accepted(message?.id, { name: 'Ada' }), 1)).status).toBe(202);
    const events = await (await client.resume(first?.id, 1)).rest();
    expect(answerOf(events)).toMatchObject({
      id: body.id,
      error: { message: expect.stringMatching(/lost/) },
    });
  });

  test('after the call was answered: the answer is still there', async () => {
    const stream = await client.stream(work(6, 250), 0);
    const first = await stream.next();
    await stream.rest();
    await stack().functions.idle();
    const { answer } = await die(first?.id);
    expect(answer?.result).toBeDefined();
  });
});

test('when the instance that resumes a stream dies, the client resumes at another and misses nothing', async () => {
  const stream = await client.stream(work(30, 100), 0);
  const seen = [await stream.next()];
  await stream.leave();
  const resumed = await client.resume(seen[0]?.id, 1);
  for (let count = 0; count < 12; count++) seen.push(await resumed.next());
  await stack().functions.kill(1);
  const broken = resumed.rest().catch(() => []);
  seen.push(...(await broken));
  const rest = await (await client.resume(seen.at(-1)?.id, 2)).rest();
  expect(steps([...seen, ...rest])).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
  expect(answerOf(rest)?.result).toBeDefined();
});
