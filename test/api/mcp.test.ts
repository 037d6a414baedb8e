import { request as httpRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { accessToken, administrator, demo, newApplication, other } from '../support/access-token.ts';
import { call, initialize, modern, poster, request, textOf } from '../support/mcp-request.ts';
import { useStack } from '../support/stack.ts';

const stack = useStack({ instances: 2 });

const session = async (token: string, capabilities = {}) => {
  const post = poster(stack(), token);
  const answer = await post(initialize(capabilities));
  return { post, id: answer.headers.get('mcp-session-id') ?? '', answer };
};

describe('signing in', () => {
  test.each(['/mcp', '/mcp/', '/'])('a POST to %s without a token is challenged', async (path) => {
    const answer = await poster(stack(), undefined, path)(initialize());
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer .*resource_metadata="/);
  });

  test('a token is checked before the era: a modern request without one is challenged too', async () => {
    expect((await poster(stack())(...modern('server/discover'))).status).toBe(401);
  });

  test('the token answers on / as on /mcp', async () => {
    const token = await accessToken(stack());
    const answers = await Promise.all(
      ['/', '/mcp'].map((path) =>
        poster(stack(), token, path)(...modern('tools/call', { name: 'whoami', arguments: {} })),
      ),
    );
    expect(answers.map((answer) => answer.status)).toEqual([200, 200]);
  });

  test('whoami tells who the token is for, in structure and in text, and never the token', async () => {
    const clientId = await newApplication(stack());
    const token = await accessToken(stack(), { clientId, scope: 'mcp:read' });
    const answer = await poster(stack(), token)(...modern('tools/call', { name: 'whoami', arguments: {} }));
    expect(answer.last.result?.structuredContent).toMatchObject({ clientId, scopes: ['mcp:read'] });
    expect(answer.text).not.toContain(token);
  });
});

describe('origins', () => {
  test.each([
    ['http://evil.example.com', 403],
    ['http://192.168.0.7:3000', 403],
    ['null', 403],
    ['moz-extension://abc', 403],
    ['https://inspector.example.com', 200],
    ['http://localhost:6274', 200],
    ['http://127.0.0.1:6274', 200],
  ])('%s → %i', async (origin, status) => {
    const { post } = await session(await accessToken(stack()));
    const answer = await post(call('whoami'), { origin });
    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.last.error?.code).toBe(-32000);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
  });

  test('a preflight lets browser clients send their headers', async () => {
    const response = await fetch(stack().mcpUrl, {
      method: 'OPTIONS',
      headers: { origin: 'https://inspector.example.com', 'access-control-request-method': 'POST' },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-headers')).toMatch(/Mcp-Session-Id/);
    expect(response.headers.get('access-control-allow-methods')).toMatch(/DELETE/);
  });
});

describe('what is sent', () => {
  const refusals: [
    title: string,
    body: string,
    headers: Record<string, string>,
    status: number,
    code: number,
  ][] = [
    ['not JSON', '{"jsonrpc":', {}, 400, -32700],
    ['no body', '', {}, 400, -32700],
    ['another content type', '{}', { 'content-type': 'text/plain' }, 415, -32000],
    ['no content type that counts', '{}', { 'content-type': 'application/jsonp' }, 415, -32000],
    ['nesting without end', '['.repeat(100_000) + ']'.repeat(100_000), {}, 400, -32600],
    ['JSON that is no message', '{"hello":"world"}', {}, 400, -32600],
    ['JSON null', 'null', {}, 400, -32600],
    [
      'a batch, at a revision without batches',
      '[{"jsonrpc":"2.0","id":1,"method":"ping"}]',
      { 'mcp-protocol-version': '2025-11-25' },
      400,
      -32600,
    ],
    [
      'an unknown revision',
      '{"jsonrpc":"2.0","id":1,"method":"ping"}',
      { 'mcp-protocol-version': '1999-01-01' },
      400,
      -32000,
    ],
    [
      'an answer at an unknown revision',
      '{"jsonrpc":"2.0","id":1,"result":{}}',
      { 'mcp-protocol-version': 'x' },
      400,
      -32000,
    ],
    [
      'a revision of the future',
      '{"jsonrpc":"2.0","id":1,"method":"ping"}',
      { 'mcp-protocol-version': '2027-01-01' },
      400,
      -32602,
    ],
  ];
  test.each(refusals)('%s → JSON-RPC error', async (_title, body, headers, status, code) => {
    const post = poster(stack(), await accessToken(stack()));
    const answer = await post(body, headers);
    expect([answer.status, answer.last.error?.code]).toEqual([status, code]);
  });

  test.each([
    ['nothing', undefined, 200],
    ['everything', '*/*', 200],
    ['everything at last', 'text/html, */*;q=0.8', 200],
    ['both by name', 'application/json, text/event-stream', 200],
    ['JSON alone', 'application/json', 406],
  ])('from a legacy client that says it takes %s', async (_title, accept, status) => {
    const headers = new Headers({
      'content-type': 'application/json',
      authorization: `Bearer ${await accessToken(stack())}`,
    });
    // Where a header is missing, fetch says */* for us.
    headers.set('accept', accept ?? '');
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
    expect((await fetch(stack().mcpUrl, { method: 'POST', headers, body })).status).toBe(status);
  });

  test('more than 4 MiB → 413 before it is sent', async () => {
    const token = await accessToken(stack());
    const refused = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'content-length': 4 * 1024 * 1024 + 1,
      };
      // A connection of its own, since it is of no more use when the announced body does not follow.
      const upload = httpRequest(stack().mcpUrl, { method: 'POST', agent: false, headers }, resolve);
      upload.on('error', reject);
      upload.write('"');
    });
    expect(refused.statusCode).toBe(413);
    expect(JSON.parse(await text(refused)).error.code).toBe(-32000);
    refused.destroy();
  });

  test('a batch is served at the one revision that has batches', async () => {
    const { post, id } = await session(await accessToken(stack()));
    const answer = await post([request('ping'), request('tools/list')], {
      'mcp-protocol-version': '2025-03-26',
      'mcp-session-id': id,
    });
    expect(answer.messages).toHaveLength(2);
  });

  test('methods other than the three are refused with what is allowed', async () => {
    const response = await fetch(stack().mcpUrl, { method: 'PUT' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toMatch(/POST/);
    expect(await response.json()).toMatchObject({ jsonrpc: '2.0', error: { code: -32600 }, id: null });
  });

  test('GET is no standing stream unless switched on', async () => {
    const token = await accessToken(stack());
    const { id } = await session(token);
    const headers = { accept: 'text/event-stream', authorization: `Bearer ${token}`, 'mcp-session-id': id };
    expect((await fetch(stack().mcpUrl, { headers })).status).toBe(405);
  });

  test('initialize is never answered with a modern revision', async () => {
    const { post } = await session(await accessToken(stack()));
    const answer = await post(initialize({}, '2026-07-28'));
    expect(answer.last.result?.protocolVersion).toBe('2025-11-25');
  });

  test('wrong arguments come back as an error that a model can act on', async () => {
    const { post } = await session(await accessToken(stack()));
    const answer = await post(call('add_note', { title: 5 }));
    expect(answer.last.result?.isError).toBe(true);
    expect(textOf(answer)).toMatch(/title.*expected string.*text/s);
  });
});

describe('sessions', () => {
  test('a session id is long, unguessable, and visible ASCII', async () => {
    const token = await accessToken(stack());
    const ids = await Promise.all([1, 2, 3].map(async () => (await session(token)).id));
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^[\x21-\x7e]{32,}$/);
  });

  test('what the client declared is known on every instance, with the header and without', async () => {
    const { post, id } = await session(await accessToken(stack()), { elicitation: { url: {} } });
    const added = textOf(await post(call('add_note', { title: 'A', text: 'B' })));
    const note = /id (\w+)/.exec(added)?.[1];
    const kept: Record<string, string> = { 'mcp-session-id': id };
    for (const headers of [kept, {}]) {
      for (const instance of ['0', '1']) {
        const answer = await post(call('delete_note', { id: note }), {
          ...headers,
          'x-local-instance': instance,
        });
        expect(textOf(answer)).toMatch(/This client cannot ask the user/);
      }
    }
  });

  test('the newest session is the one recovered', async () => {
    const token = await accessToken(stack());
    await session(token, { elicitation: {} });
    const { post } = await session(token);
    const note = /id (\w+)/.exec(textOf(await post(call('add_note', { title: 'A', text: 'B' }))))?.[1];
    expect(textOf(await post(call('delete_note', { id: note })))).toMatch(/cannot ask/);
  });

  test("another principal's session is unknown: other user, or the same user's other client", async () => {
    const { id } = await session(await accessToken(stack()));
    for (const token of [
      await accessToken(stack(), { user: other }),
      await accessToken(stack(), { user: demo }),
    ]) {
      const answer = await poster(stack(), token)(call('whoami'), { 'mcp-session-id': id });
      expect([answer.status, answer.last.error?.code]).toEqual([404, -32001]);
    }
  });

  test('DELETE ends a session on every instance', async () => {
    const token = await accessToken(stack());
    const { post, id } = await session(token);
    const end = () =>
      fetch(stack().mcpUrl, {
        method: 'DELETE',
        headers: { authorization: `Bearer ${token}`, 'mcp-session-id': id },
      });
    expect((await end()).status).toBe(204);
    expect((await end()).status).toBe(404);
    expect((await post(call('whoami'), { 'mcp-session-id': id })).status).toBe(404);
    expect((await post(call('whoami'))).status).toBe(200);
  });

  test('DELETE ends no session at a guess, and says so when it cannot', async () => {
    const token = await accessToken(stack());
    const { post, id } = await session(token);
    const end = async (headers: Record<string, string>) =>
      (
        await fetch(stack().mcpUrl, {
          method: 'DELETE',
          headers: { authorization: `Bearer ${token}`, ...headers },
        })
      ).status;
    expect(await end({})).toBe(400);
    stack().store.faults.outage = 'unavailable';
    expect(await end({ 'mcp-session-id': id })).toBe(503);
    stack().store.faults.outage = 'none';
    expect((await post(call('whoami'), { 'mcp-session-id': id })).status).toBe(200);
    expect(await end({ 'mcp-session-id': id })).toBe(204);
  });

  test.each([
    ['GET', '1999-01-01', 400],
    ['DELETE', '1999-01-01', 400],
    ['GET', '2026-07-28', 405],
    ['DELETE', '2026-07-28', 405],
  ])('%s at revision %s → %i', async (method, revision, status) => {
    const token = await accessToken(stack());
    const { id } = await session(token);
    const headers = {
      authorization: `Bearer ${token}`,
      'mcp-protocol-version': revision,
      'mcp-session-id': id,
    };
    expect((await fetch(stack().mcpUrl, { method, headers })).status).toBe(status);
  });

  test('of a principal that initializes again and again, the 80 newest sessions live', async () => {
    const token = await accessToken(stack());
    const ids: string[] = [];
    for (let round = 0; round < 82; round++) ids.push((await session(token)).id);
    const post = poster(stack(), token);
    const statuses = [];
    for (const id of ids) statuses.push((await post(call('whoami'), { 'mcp-session-id': id })).status);
    expect(statuses).toEqual([404, 404, ...Array.from({ length: 80 }, () => 200)]);
  });

  test('a log level that does not exist is refused and not kept', async () => {
    const { post, id } = await session(await accessToken(stack()));
    const headers = { 'mcp-session-id': id };
    const refused = await post(request('logging/setLevel', { level: 'loud' }), headers);
    expect(refused.last.error).toBeDefined();
    expect((await post(call('whoami'), headers)).status).toBe(200);
  });

  test("a client that leaves the version header out gets what its session's revision offers", async () => {
    const { post, id } = await session(await accessToken(stack()));
    const { text } = await post(call('whoami'), { 'mcp-session-id': id });
    expect(text).toMatch(/^id: \S+\nretry: 1000\ndata: \n\n/);
  });

  test('a client whose initialize params are too long is served without a session', async () => {
    const post = poster(stack(), await accessToken(stack()));
    const answer = await post(initialize({ experimental: { x: { y: 'z'.repeat(40_000) } } }));
    expect([answer.status, answer.headers.get('mcp-session-id')]).toEqual([200, null]);
    expect((await post(call('whoami'))).status).toBe(200);
  });

  test('without the store calls are served statelessly, and the log says so', async () => {
    const token = await accessToken(stack());
    const { id } = await session(token);
    const post = poster(stack(), token);
    stack().store.faults.outage = 'unavailable';
    try {
      expect((await post(call('whoami'), { 'mcp-session-id': id })).status).toBe(200);
      const fresh = await post(initialize());
      expect([fresh.status, fresh.headers.get('mcp-session-id')]).toEqual([200, null]);
      const notes = await post(call('list_notes'));
      expect(notes.last.result?.isError).toBe(true);
      expect(textOf(notes)).toMatch(/storage .* unavailable/);
    } finally {
      stack().store.faults.outage = 'none';
    }
  });
});

describe('scopes', () => {
  test.each(['legacy', 'modern'])(
    'a call beyond the token is challenged with every scope it needs, %s',
    async (era) => {
      const post = poster(stack(), await accessToken(stack(), { scope: 'mcp:read' }));
      const params = { name: 'add_note', arguments: { title: 'A', text: 'B' } };
      const answer =
        era === 'legacy'
          ? await post(request('tools/call', params))
          : await post(...modern('tools/call', params));
      expect(answer.status).toBe(403);
      const challenge = answer.headers.get('www-authenticate');
      expect(challenge).toContain('error="insufficient_scope"');
      expect(challenge).toContain('scope="mcp:read mcp:write"');
      expect(challenge).toContain('resource_metadata="');
    },
  );

  test('resources and prompts are challenged as tools are', async () => {
    const post = poster(stack(), await accessToken(stack(), { scope: 'openid' }));
    for (const [method, params] of [
      ['resources/read', { uri: 'note://x' }],
      ['prompts/get', { name: 'summarize_notes' }],
    ] as const)
      expect((await post(...modern(method, params))).status).toBe(403);
  });

  test('admin includes write, write includes read', async () => {
    const admin = poster(stack(), await accessToken(stack(), { user: administrator, scope: 'mcp:admin' }));
    expect((await admin(call('add_note', { title: 'A', text: 'B' }))).status).toBe(200);
    expect((await admin(call('server_status'))).status).toBe(200);
    const writer = poster(stack(), await accessToken(stack(), { scope: 'mcp:write' }));
    expect((await writer(call('list_notes'))).status).toBe(200);
    expect((await writer(call('server_status'))).status).toBe(403);
  });

  test('tools out of reach are listed, marked by their description', async () => {
    const post = poster(stack(), await accessToken(stack(), { scope: 'mcp:read' }));
    const answer = await post(...modern('tools/list'));
    const tools = answer.last.result?.tools as { name: string; description: string }[];
    const marked = tools.filter((tool) => tool.description.includes('has not been granted yet'));
    expect(marked.map((tool) => tool.name).sort()).toEqual([
      'add_note',
      'delete_note',
      'server_status',
      'update_note',
    ]);
  });
});
