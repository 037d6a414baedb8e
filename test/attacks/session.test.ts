import { beforeAll, describe, expect, it } from 'vitest';
import { accessToken, newApplication, other } from '../support/access-token.ts';
import { call, initialize, modern, poster, request, textOf } from '../support/mcp-request.ts';
import { useStack } from '../support/stack.ts';

const stack = useStack();
let victim: { token: string; post: ReturnType<typeof poster>; id: string };
let attackers: { token: string; post: ReturnType<typeof poster> }[];

beforeAll(async () => {
  const application = await newApplication(stack());
  const token = await accessToken(stack(), { clientId: application });
  const post = poster(stack(), token);
  const id = (await post(initialize())).headers.get('mcp-session-id') ?? '';
  victim = { token, post, id };
  // Another user at the same client, and the same user at another client.
  const tokens = [
    await accessToken(stack(), { user: other, clientId: application }),
    await accessToken(stack()),
  ];
  attackers = tokens.map((each) => ({ token: each, post: poster(stack(), each) }));
});

const inSession = (id: string) => ({ 'mcp-session-id': id });

describe('stealing a session', () => {
  it.each([0, 1])(
    'a session id is no credential: attacker %i gets 404, as for one that never was',
    async (which) => {
      const attacker = attackers[which];
      const stolen = await attacker?.post(call('list_notes'), inSession(victim.id));
      const invented = await attacker?.post(call('list_notes'), inSession('A'.repeat(32)));
      expect([stolen?.status, stolen?.text]).toEqual([404, invented?.text]);
    },
  );

  it('nor without a token', async () => {
    expect((await poster(stack())(call('list_notes'), inSession(victim.id))).status).toBe(401);
  });

  it('nor for ending it: DELETE by others changes nothing', async () => {
    const end = (headers: Record<string, string>) =>
      fetch(stack().mcpUrl, { method: 'DELETE', headers: { ...inSession(victim.id), ...headers } });
    const answers = [await end({})];
    for (const { token } of attackers) answers.push(await end({ authorization: `Bearer ${token}` }));
    expect(answers.map(({ status }) => status)).toEqual([401, 404, 404]);
    expect((await victim.post(call('list_notes'), inSession(victim.id))).status).toBe(200);
  });

  it("a missing header recovers the caller's own session and nobody else's notes", async () => {
    await victim.post(call('add_note', { title: 'Of the victim', text: 'secret plans' }));
    expect(textOf(await victim.post(call('search_notes', { query: 'secret' })))).toContain('Of the victim');
    const stranger = attackers[0];
    const seen = await stranger?.post(call('search_notes', { query: 'secret' }));
    expect(seen && textOf(seen)).toContain('No note contains');
  });

  it.each(['*', '?', '..', '__proto__', '{x}', 'a\tb', '0', '-1', ':', `${'a'.repeat(22)}:x`])(
    'the id %j matches nothing',
    async (id) => {
      expect((await attackers[0]?.post(call('whoami'), inSession(id)))?.status).toBe(404);
    },
  );

  it("another's note is not read by its URI, nor completed", async () => {
    const added = textOf(await victim.post(call('add_note', { title: 'Hidden', text: 'x' })));
    const uri = /note:\/\/\w+/.exec(added)?.[0] ?? '';
    const stranger = attackers[0];
    const read = await stranger?.post(...modern('resources/read', { uri }));
    expect(read?.last.error).toBeDefined();
    const complete = {
      ref: { type: 'ref/resource', uri: 'note://{id}' },
      argument: { name: 'id', value: '' },
    };
    const completed = await stranger?.post(...modern('completion/complete', complete));
    expect(completed?.text).not.toContain(uri.slice('note://'.length));
  });
});

describe('session fixation', () => {
  it('a session id that the client brings to initialize is not taken', async () => {
    const chosen = 'chosen-by-the-attacker-0123456789';
    const answer = await victim.post(initialize(), inSession(chosen));
    expect(answer.headers.get('mcp-session-id')).toMatch(/^[\w-]{32}$/);
    expect(answer.headers.get('mcp-session-id')).not.toBe(chosen);
    expect((await victim.post(call('whoami'), inSession(chosen))).status).toBe(404);
  });

  it('an answer that was made for one principal is no state for another', async () => {
    const added = textOf(await victim.post(call('add_note', { title: 'Keep me', text: 'x' })));
    const id = /id (\w+)/.exec(added)?.[1] ?? '';
    const params = { name: 'delete_note', arguments: { id } };
    const capabilities = { elicitation: { form: {} } };
    const asked = await victim.post(...modern('tools/call', params, capabilities));
    const requestState = String(asked.last.result?.requestState);
    const inputResponses = { confirm: { action: 'accept', content: { delete: true } } };
    for (const { post } of attackers) {
      const answer = await post(
        ...modern('tools/call', { ...params, requestState, inputResponses }, capabilities),
      );
      expect(textOf(answer)).not.toContain('Deleted');
    }
    const otherNote = { ...params, arguments: { id: 'another' }, requestState, inputResponses };
    expect(textOf(await victim.post(...modern('tools/call', otherNote, capabilities)))).not.toContain(
      'Deleted',
    );
    expect(textOf(await victim.post(call('list_notes')))).toContain('Keep me');
  });
});

describe('hostile JSON', () => {
  it.each([
    ['__proto__', '{"__proto__":{"scopes":["mcp:admin"],"isAdmin":true}}'],
    ['constructor.prototype', '{"constructor":{"prototype":{"scopes":["mcp:admin"]}}}'],
  ])('prototype pollution by %s gives nobody a permission', async (_, polluted) => {
    const id = 7;
    for (const params of [
      `{"name":"whoami","arguments":${polluted}}`,
      `{"name":"add_note","arguments":{"title":"A","text":"B","extra":${polluted}}}`,
      `{"name":"whoami","arguments":{},"_meta":${polluted}}`,
    ])
      await victim.post(`{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":${params}}`);
    expect((await victim.post(call('server_status'))).status).toBe(403);
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'there is no tool or method %s',
    async (name) => {
      expect((await victim.post(call(name))).last).toHaveProperty(['error', 'code'], -32602);
      expect((await victim.post(request(name))).last).toHaveProperty(['error', 'code'], -32601);
    },
  );

  it.each([
    ['arrays', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['objects', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
    ['arrays without an end', '['.repeat(1_000_000)],
    ['quotes and brackets', `{"a":"${'\\"['.repeat(100_000)}`],
  ])('a bomb of %s is refused cheaply', async (_, body) => {
    const started = performance.now();
    expect((await victim.post(body)).status).toBe(400);
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});

describe('a batch', () => {
  it('of thousands of calls is refused before the first of them', async () => {
    const calls = Array.from({ length: 5000 }, () => call('list_notes'));
    const answer = await victim.post(calls, { 'mcp-protocol-version': '2025-03-26' });
    expect([answer.status, answer.messages.length]).toEqual([400, 1]);
  });
});
