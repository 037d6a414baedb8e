import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { accessToken, other } from '../support/access-token.ts';
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

describe('a stream that the client lost', () => {
  test('starts with an event that only has an id, and says when to come again', async () => {
    const stream = await client.stream(call('whoami'));
    expect(await stream.next()).toEqual({ id: expect.any(String), retry: 1000 });
    await stream.rest();
  });

  test('event ids are unique, and only the last says that it is the last', async () => {
    const events = await (await client.stream(work(3, 10))).rest();
    const ids = events.map(({ id }) => id);
    expect(new Set(ids).size).toBe(5);
    expect(ids.map((id) => id?.endsWith('.end'))).toEqual([false, false, false, false, true]);
  });

  test.each([0, 1, 2])(
    'is taken up at instance %i while the call still runs, and misses nothing',
    async (instance) => {
      const stream = await client.stream(work(8, 200), 0);
      const seen = [await stream.next(), await stream.next(), await stream.next()];
      await stream.leave();
      const rest = await (await client.resume(seen.at(-1)?.id, instance)).rest();
      expect(steps([...seen, ...rest])).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      expect(JSON.stringify(answerOf(rest)?.result)).toContain('Did 8 steps.');
    },
  );

  test('can be taken up again and again, from any event', async () => {
    const stream = await client.stream(work(8, 200), 0);
    const seen = [await stream.next(), await stream.next()];
    await stream.leave();
    const second = await client.resume(seen.at(-1)?.id, 1);
    await second.until(({ params }) => params?.progress === 4);
    await second.leave();
    const rest = await (await client.resume(seen.at(-1)?.id, 2)).rest();
    expect(steps([...seen, ...rest])).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('is taken up after the call is over, and gives the answer', async () => {
    const stream = await client.stream(work(3, 400), 0);
    const first = await stream.next();
    await stream.leave();
    await new Promise((resolve) => setTimeout(resolve, 1_800));
    const rest = await (await client.resume(first?.id, 1)).rest();
    expect(steps(rest)).toEqual([1, 2, 3]);
    expect(answerOf(rest)?.result).toBeDefined();
  });

  test('is taken up by a client that lost it before a second had passed', async () => {
    const stream = await client.stream(work(4, 100), 0);
    const first = await stream.next();
    await stream.leave();
    const rest = await (await client.resume(first?.id, 1)).rest();
    expect(steps(rest)).toEqual([1, 2, 3, 4]);
    expect(answerOf(rest)?.result).toBeDefined();
  });

  test('carries questions too, which can be answered anywhere', async () => {
    const stream = await client.stream(call('ask_five'), 0);
    const first = await stream.next();
    await stream.leave();
    const resumed = await client.resume(first?.id, 1);
    for (let count = 0; count < 5; count++) {
      const { message } = await resumed.until(({ method }) => method === 'elicitation/create');
      await client.send(accepted(message?.id, { text: String(message?.params?.message) }), count % 3);
    }
    expect(JSON.stringify(answerOf(await resumed.rest())?.result)).toContain('a b c d e');
  });

  test('misses nothing although the store was away for a moment', async () => {
    const stream = await client.stream(work(16, 200), 0);
    const first = await stream.next();
    await stream.until(({ params }) => params?.progress === 6);
    stack().store.faults.outage = 'unavailable';
    await stream.until(({ params }) => params?.progress === 10);
    stack().store.faults.outage = 'none';
    await stream.leave();
    const rest = await (await client.resume(first?.id, 1)).rest();
    expect(steps(rest)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
  });

  test("is nobody else's: another principal finds nothing of it", async () => {
    const stream = await client.stream(work(6, 200), 0);
    const first = await stream.next();
    const stranger = rawClient(stack(), await accessToken(stack(), { user: other }));
    await stranger.initialize();
    const events = await (await stranger.resume(first?.id, 1)).rest();
    expect(steps(events)).toEqual([]);
    expect(answerOf(events)?.error?.message).toMatch(/lost/);
    expect(answerOf(await stream.rest())?.result).toBeDefined();
  });

  test('has ended after its last event: a client that resumes from it is told that there is no more', async () => {
    const events = await (await client.stream(work(1, 10))).rest();
    expect((await client.resume(events.at(-1)?.id, 1)).status).toBe(405);
  });

  test.each(['nonsense', 'x'.repeat(5_000), `${'A'.repeat(22)}.1.!!!`, `${'A'.repeat(22)}.1.bm8`])(
    'an event id that was never given out is refused: %#',
    async (id) => {
      expect((await client.resume(id, 1)).status).toBe(400);
    },
  );

  const cancelled = (requestId: unknown) => ({
    jsonrpc: '2.0',
    method: 'notifications/cancelled',
    params: { requestId },
  });

  test('a cancellation that came too late does not reach the next call of that number', async () => {
    const { id } = (await client.send(call('whoami'))).last;
    await client.send(cancelled(id), 1);
    const events = await (await client.stream({ ...work(6, 250), id }, 0)).rest();
    expect(JSON.stringify(answerOf(events)?.result)).toContain('Did 6 steps.');
  });

  test('a cancellation reaches a call that is too young to be known to others', async () => {
    const body = work(50, 100);
    const stream = await client.stream(body, 0);
    await stream.next();
    await client.send(cancelled(body.id), 1);
    expect(answerOf(await stream.rest())?.result).toBeUndefined();
  });

  test("a cancellation ends the call of the session that it names, and without a name nobody's at a guess", async () => {
    const windows = [rawClient(stack(), token), rawClient(stack(), token)];
    for (const window of windows) await window.initialize();
    const [first, second] = windows as [RawClient, RawClient];
    const body = work(20, 150);
    const streams = await Promise.all(windows.map((window) => window.stream(body, 0)));
    for (const stream of streams) await stream.until(({ params }) => params?.progress === 10);
    await second.send(cancelled(body.id), 1, { 'mcp-session-id': '' });
    await first.send(cancelled(body.id), 1);
    const [ended, served] = await Promise.all(streams.map(async (stream) => answerOf(await stream.rest())));
    expect(ended?.result).toBeUndefined();
    expect(JSON.stringify(served?.result)).toContain('Did 20 steps.');
  });

  test('a cancelled call ends for those who come back, too', async () => {
    const body = work(50, 100);
    const stream = await client.stream(body, 0);
    const first = await stream.next();
    await stream.until(({ params }) => params?.progress === 12);
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: body.id } };
    await client.send(cancel, 1);
    await stream.rest();
    const events = await (await client.resume(first?.id, 2)).rest();
    expect(events.filter(({ message }) => message?.result)).toEqual([]);
    expect((await client.resume(events.at(-1)?.id, 2)).status).toBe(405);
  });
});
