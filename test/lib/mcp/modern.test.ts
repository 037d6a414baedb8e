import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { accessToken, other } from '../../support/access-token.ts';
import { modern, type Post, poster, textOf } from '../../support/mcp-request.ts';
import { useStack } from '../../support/stack.ts';

const root = fileURLToPath(new URL('../../mcp-server', import.meta.url));
const stack = useStack({ root, instances: 2 });

let token: string;
let post: Post;
beforeAll(async () => {
  token = await accessToken(stack());
  post = poster(stack(), token);
});

const tool = (name: string, args: Record<string, unknown> = {}, more: Record<string, unknown> = {}) =>
  modern('tools/call', { name, arguments: args, ...more }, { elicitation: {} });

describe('headers and body', () => {
  const [body, headers] = modern('tools/call', { name: 'whoami', arguments: {} });
  const without = (name: string) =>
    Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name));
  const meta = body.params as { _meta: Record<string, unknown> };

  test.each([
    ['another method in the header', body, { ...headers, 'mcp-method': 'tools/list' }, 400, -32020],
    ['another name in the header', body, { ...headers, 'mcp-name': 'add_note' }, 400, -32020],
    ['no method in the header', body, without('mcp-method'), 400, -32020],
    ['no name in the header', body, without('mcp-name'), 400, -32020],
    ['no version in the header', body, without('mcp-protocol-version'), 400, -32020],
    [
      'another version in the header',
      body,
      { ...headers, 'mcp-protocol-version': '2025-11-25' },
      400,
      -32020,
    ],
    ['no _meta', { ...body, params: { name: 'whoami' } }, headers, 400, -32602],
    [
      'a version that is not served',
      {
        ...body,
        params: {
          ...meta,
          _meta: { ...meta._meta, 'io.modelcontextprotocol/protocolVersion': '2030-01-01' },
        },
      },
      { ...headers, 'mcp-protocol-version': '2030-01-01' },
      400,
      -32022,
    ],
    [
      'a method that does not exist',
      { ...body, method: 'tools/dance' },
      { ...headers, 'mcp-method': 'tools/dance' },
      404,
      -32601,
    ],
    [
      'a method of the other era',
      { ...body, method: 'ping' },
      { ...headers, 'mcp-method': 'ping' },
      404,
      -32601,
    ],
  ])('%s → JSON-RPC error', async (_title, sent, sentHeaders, status, code) => {
    const answer = await post(sent, sentHeaders);
    expect([answer.status, answer.last.error?.code]).toEqual([status, code]);
  });

  test.each([
    ['Claude-User', 200],
    ['Claude-User/1.0 (+https://claude.ai)', 200],
    ['curl/8.0', 400],
    ['Not-Claude-User', 400],
  ])('a legacy version header with a modern body, from %s → %i', async (userAgent, status) => {
    const answer = await post(body, {
      ...headers,
      'mcp-protocol-version': '2025-11-25',
      'user-agent': userAgent,
    });
    expect(answer.status).toBe(status);
    const bare = await post(body, { 'mcp-protocol-version': '2025-11-25', 'user-agent': userAgent });
    expect(bare.status).toBe(status);
  });

  test('the tolerance does not extend to what a proxy could be led astray by', async () => {
    const answer = await post(body, {
      ...headers,
      'mcp-name': 'add_note',
      'mcp-protocol-version': '2025-11-25',
      'user-agent': 'Claude-User',
    });
    expect(answer.last.error?.code).toBe(-32020);
  });
});

describe('discovery and caching', () => {
  test('server/discover names revisions, capabilities and the server', async () => {
    const { result } = (await post(...modern('server/discover'))).last;
    expect(result).toMatchObject({
      resultType: 'complete',
      supportedVersions: ['2026-07-28'],
      capabilities: { resources: { listChanged: true, subscribe: true } },
      cacheScope: 'private',
    });
  });

  test.each([
    ['tools/list', {}, 60_000],
    ['prompts/list', {}, 60_000],
    ['resources/templates/list', {}, 60_000],
    ['resources/list', {}, 0],
    ['resources/read', { uri: 'test://static-text' }, 0],
  ])('%s may be kept privately for so many milliseconds', async (method, params, ttlMs) => {
    const { result } = (await post(...modern(method, params))).last;
    expect(result).toMatchObject({ ttlMs, cacheScope: 'private' });
  });
});

describe('input that is needed mid-call', () => {
  const answers = { text: { action: 'accept', content: { text: 'yes' } } };
  const firstRound = async (name = 'ask_once', args: Record<string, unknown> = { about: 'A' }) => {
    const { result } = (await post(...tool(name, args))).last;
    expect(result).toMatchObject({ resultType: 'input_required' });
    return String(result?.requestState);
  };
  const refused = { code: -32602, data: { reason: 'invalid_request_state' } };

  test('the state says nothing to the client, and another instance understands it', async () => {
    const requestState = await firstRound();
    expect(requestState).toMatch(/^[\w-]+\.[\w-]*\.[\w-]+\.[\w-]+\.[\w-]+$/);
    const answer = await post(...tool('ask_once', { about: 'A' }, { requestState, inputResponses: answers }));
    expect(textOf(answer)).toBe('A: yes');
  });

  test('what counts once is refused the second time, at every instance', async () => {
    const requestState = await firstRound();
    const retry = (instance: string) => {
      const [body, headers] = tool('ask_once', { about: 'A' }, { requestState, inputResponses: answers });
      return post(body, { ...headers, 'x-local-instance': instance });
    };
    const both = await Promise.all([retry('0'), retry('1')]);
    expect(both.map(({ last }) => (last.error ? 'refused' : 'served')).sort()).toEqual(['refused', 'served']);
    expect((await retry('0')).last.error).toMatchObject(refused);
  });

  test('without the store, what counts once does not count at all', async () => {
    const requestState = await firstRound();
    stack().store.faults.outage = 'unavailable';
    const answer = await post(...tool('ask_once', { about: 'A' }, { requestState, inputResponses: answers }));
    stack().store.faults.outage = 'none';
    expect(answer.last.error).toMatchObject(refused);
  });

  test.each([
    ['other arguments', () => tool('ask_once', { about: 'B' })],
    ['more arguments', () => tool('ask_once', { about: 'A', more: true })],
    ['another tool', () => tool('ask_five', {})],
  ])('the state of one call is refused for %s', async (_title, make) => {
    const [body, headers] = make();
    const params = body.params as Record<string, unknown>;
    const requestState = await firstRound();
    const answer = await post(
      { ...body, params: { ...params, requestState, inputResponses: answers } },
      headers,
    );
    expect(answer.last.error).toMatchObject(refused);
  });

  test("someone else's state is refused: another user, or the user's other client", async () => {
    const requestState = await firstRound();
    for (const stranger of [await accessToken(stack(), { user: other }), await accessToken(stack())]) {
      const answer = await poster(
        stack(),
        stranger,
      )(...tool('ask_once', { about: 'A' }, { requestState, inputResponses: answers }));
      expect(answer.last.error).toMatchObject(refused);
    }
  });

  test.each([
    ['tampered with', (state: string) => `${state.slice(0, -4)}AAAA`],
    ['cut short', (state: string) => state.slice(0, 40)],
    ['made up', () => 'state'],
    ['empty', () => ''],
  ])('a state that is %s is refused', async (_title, spoil) => {
    const requestState = spoil(await firstRound());
    const answer = await post(...tool('ask_once', { about: 'A' }, { requestState, inputResponses: answers }));
    expect(answer.last.error).toMatchObject(refused);
  });

  test('answers without the state of a question are not answers: the tool asks', async () => {
    const answer = await post(...tool('ask_once', { about: 'A' }, { inputResponses: answers }));
    expect(answer.last.result).toMatchObject({ resultType: 'input_required' });
  });

  test('an answer that does not fit the schema is asked for again', async () => {
    const requestState = await firstRound();
    const inputResponses = { text: { action: 'accept', content: { text: 5 } } };
    const answer = await post(...tool('ask_once', { about: 'A' }, { requestState, inputResponses }));
    expect(answer.last.result).toMatchObject({ resultType: 'input_required' });
  });

  test('a client that cannot ask is told what to do instead, and is believed when it has asked', async () => {
    const added = await post(...tool('add_note', { title: 'N', text: '' }));
    const id = /\(id (\w+)\)/.exec(textOf(added))?.[1];
    const bare = (args: Record<string, unknown>) =>
      post(...modern('tools/call', { name: 'delete_note', arguments: args }));
    expect(textOf(await bare({ id }))).toMatch(/confirm: true/);
    expect(textOf(await bare({ id, confirm: true }))).toBe('Deleted "N".');
  });
});

describe('failures and size', () => {
  test('a tool that throws answers with the request id; what it threw stays in the log', async () => {
    const answer = await post(...tool('throw'));
    expect(answer.last.result?.isError).toBe(true);
    expect(textOf(answer)).toContain(answer.headers.get('x-request-id'));
    expect(answer.text).not.toContain('hunter2');
    const logged = stack().lines.filter((line) =>
      String(line).includes(String(answer.headers.get('x-request-id'))),
    );
    expect(logged.join()).toMatch(/tool failed.*behaviours\.ts/s);
  });

  test.each([
    [1_000, false],
    [139_000, false],
    [150_000, true],
    [2_000_000, true],
  ])('%i characters of output: cut is %s', async (characters, cut) => {
    const text = textOf(await post(...tool('talk', { characters })));
    expect(text.endsWith(`the limit is 140000. Ask for less at a time.]`)).toBe(cut);
    if (cut) expect(text.length).toBeLessThan(140_001);
    else expect(text).toHaveLength(characters);
  });

  test('an unknown tool is an error that names it', async () => {
    const answer = await post(...tool('no_such_tool'));
    expect(JSON.stringify(answer.last)).toContain('no_such_tool');
  });

  test.each(['__proto__', 'constructor', 'toString'])('a tool called %s does not exist', async (name) => {
    const answer = await post(...tool(name));
    expect(answer.last.result?.isError ?? answer.last.error).toBeTruthy();
  });
});
