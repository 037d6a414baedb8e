import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { accessToken, other } from '../../../support/access-token.ts';
import { type EventReader, readEvents } from '../../../support/event-stream.ts';
import { eventually } from '../../../support/eventually.ts';
import { call, modern, type RawClient, rawClient, request, textOf } from '../../../support/mcp-request.ts';
import { useStack } from '../../../support/stack.ts';
import { kinds } from '../../../support/token-clients.ts';

const root = fileURLToPath(new URL('../../../mcp-server', import.meta.url));
const stack = useStack({ root, instances: 3, env: { MCP_STANDING_STREAM: 'on' } });

const methodsOf = (events: { message?: { method?: string } | undefined }[]) =>
  events.map(({ message }) => message?.method);

const addNote = async (client: RawClient, instance = 1) =>
  /\(id (\w+)\)/.exec(textOf(await client.send(call('add_note', { title: 'A', text: '' }), instance)))?.[1] ??
  '';

const newClient = async (options: Parameters<typeof accessToken>[1] = {}, path = '/mcp') => {
  const token = await accessToken(stack(), options);
  const client = rawClient(stack(), token, path);
  await client.initialize({});
  return { client, token };
};

describe('the standing stream of the legacy era', () => {
  test("tells of changes made at another instance, by the user's other client", async () => {
    const { client } = await newClient();
    const stream = await client.resume(undefined, 0);
    await stream.next();
    const { client: otherClient } = await newClient();
    await addNote(otherClient, 2);
    expect((await stream.next())?.message?.method).toBe('notifications/resources/list_changed');
    await stream.leave();
  });

  test('tells of updates only for what the session subscribed to', async () => {
    const { client } = await newClient();
    const [kept, watched] = [await addNote(client), await addNote(client)];
    await client.send(request('resources/subscribe', { uri: `note://${watched}` }), 2);
    const stream = await client.resume(undefined, 0);
    await stream.next();
    for (const id of [kept, watched]) await client.send(call('delete_note', { id, confirm: true }), 1);
    const events = [await stream.next(), await stream.next(), await stream.next()];
    expect(methodsOf(events.map((event) => event ?? {}))).toEqual([
      'notifications/resources/list_changed',
      'notifications/resources/updated',
      'notifications/resources/list_changed',
    ]);
    expect(events[1]?.message?.params?.uri).toBe(`note://${watched}`);
    await client.send(request('resources/unsubscribe', { uri: `note://${watched}` }), 2);
    await stream.leave();
  });

  test("tells nobody else: another user's stream stays silent", async () => {
    const { client: stranger } = await newClient({ user: other });
    const stream = await stranger.resume(undefined, 0);
    await stream.next();
    const { client } = await newClient();
    await addNote(client);
    await addNote(stranger, 2);
    const heard = [await stream.next()];
    const more = await Promise.race([
      stream.next(),
      new Promise((resolve) => setTimeout(resolve, 300, 'silence')),
    ]);
    expect([heard.length, more]).toEqual([1, 'silence']);
    await stream.leave();
  });

  test('a client that lost it hears what it missed', async () => {
    const { client } = await newClient();
    const stream = await client.resume(undefined, 0);
    await stream.next();
    await addNote(client);
    const last = await stream.next();
    await stream.leave();
    await addNote(client);
    await addNote(client);
    const resumed = await client.resume(last?.id, 2);
    const events = [await resumed.next(), await resumed.next(), await resumed.next()];
    expect(events.filter((event) => event?.message)).toHaveLength(2);
    await resumed.leave();
  });

  test.each(['changes.', 'changes.1', `changes.${'9'.repeat(20)}-0`, 'changes.1-0.end'])(
    'an event id that was never given out is refused: %s',
    async (id) => {
      const { client } = await newClient();
      expect((await client.resume(id, 1)).status).toBe(400);
    },
  );

  test('a client that lost it before any change hears what it missed', async () => {
    const { client } = await newClient();
    const stream = await client.resume(undefined, 0);
    const first = await stream.next();
    await stream.leave();
    await addNote(client);
    const resumed = await client.resume(first?.id, 2);
    const { message } = await resumed.until(({ method }) => method !== undefined);
    expect(message?.method).toBe('notifications/resources/list_changed');
    await resumed.leave();
  });

  test('needs a session, and closes itself before time runs out', async () => {
    const { client } = await newClient({}, '/hurried/mcp');
    const started = performance.now();
    const events = await (await client.resume(undefined, 0)).rest();
    expect(events).toEqual([{ id: expect.stringMatching(/^changes\./), retry: 1000 }]);
    expect(performance.now() - started).toBeLessThan(4_000);
    const stranger = rawClient(stack(), await accessToken(stack()));
    expect((await stranger.resume(undefined, 0)).status).toBe(405);
  });

  test('a session may subscribe to a hundred resources, not more', async () => {
    const { client } = await newClient();
    const answers = [];
    for (let count = 0; count < 101; count++)
      answers.push(await client.send(request('resources/subscribe', { uri: `note://${count}` }), count % 3));
    expect(answers.filter(({ last }) => last.error)).toHaveLength(1);
    expect(answers.at(-1)?.last.error?.message).toMatch(/At most 100/);
  });

  test.each(kinds.filter(({ era }) => era === 'legacy'))(
    '$name opens it by itself and hears',
    async ({ connect }) => {
      const heard: string[] = [];
      const token = await accessToken(stack());
      const client = await connect(stack().mcpUrl, token, { onNotification: (method) => heard.push(method) });
      try {
        await eventually(async () => {
          await client.callTool({ name: 'add_note', arguments: { title: 'A', text: '' } });
          expect(heard).toContain('notifications/resources/list_changed');
        });
      } finally {
        await client.close();
      }
    },
  );
});

describe('subscriptions/listen of the modern era', () => {
  const listen = async (
    token: string,
    notifications: Record<string, unknown>,
    path = '/mcp',
  ): Promise<EventReader> => {
    const [body, headers] = modern('subscriptions/listen', { notifications });
    const response = await fetch(stack().serverUrl + path, {
      method: 'POST',
      headers: {
        ...headers,
        authorization: `Bearer ${token}`,
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        'x-local-instance': '0',
      },
      body: JSON.stringify(body),
    });
    return readEvents(response);
  };

  test('acknowledges first, then tells of what was asked for, from any instance', async () => {
    const { client, token } = await newClient();
    const id = await addNote(client);
    const stream = await listen(token, {
      resourcesListChanged: true,
      resourceSubscriptions: [`note://${id}`],
    });
    expect((await stream.next())?.message?.method).toBe('notifications/subscriptions/acknowledged');
    await new Promise((resolve) => setTimeout(resolve, 200));
    await client.send(call('delete_note', { id, confirm: true }), 2);
    const events = [await stream.next(), await stream.next()];
    expect(methodsOf(events.map((event) => event ?? {}))).toEqual([
      'notifications/resources/list_changed',
      'notifications/resources/updated',
    ]);
    await stream.leave();
  });

  test('hears nothing of other users', async () => {
    const token = await accessToken(stack(), { user: other });
    const stream = await listen(token, { resourcesListChanged: true });
    await stream.next();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const { client } = await newClient();
    await addNote(client);
    const next = await Promise.race([
      stream.next(),
      new Promise((resolve) => setTimeout(resolve, 500, 'silence')),
    ]);
    expect(next).toBe('silence');
    await stream.leave();
  });

  test('ends with a result before time runs out', async () => {
    const token = await accessToken(stack());
    const events = await (await listen(token, { resourcesListChanged: true }, '/hurried/mcp')).rest();
    expect(events.at(-1)?.message?.result).toMatchObject({ resultType: 'complete' });
  });

  test('announcements that stop are made up for by looking', async () => {
    const { client, token } = await newClient();
    stack().store.faults.subscriptions = 'closed';
    try {
      const stream = await listen(token, { resourcesListChanged: true });
      await stream.next();
      await new Promise((resolve) => setTimeout(resolve, 200));
      await addNote(client);
      expect((await stream.next())?.message?.method).toBe('notifications/resources/list_changed');
      await stream.leave();
    } finally {
      stack().store.faults.subscriptions = 'live';
    }
  });

  test('asking for nothing that exists is acknowledged and over', async () => {
    const token = await accessToken(stack());
    const events = await (await listen(token, { toolsListChanged: true })).rest();
    expect(events[0]?.message?.params?.notifications).toEqual({});
    expect(events.at(-1)?.message?.result).toMatchObject({ resultType: 'complete' });
  });

  test('is refused without the store, not left open in silence', async () => {
    const token = await accessToken(stack());
    stack().store.faults.outage = 'unavailable';
    const { status, headers } = await listen(token, { resourcesListChanged: true });
    stack().store.faults.outage = 'none';
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
  });
});
