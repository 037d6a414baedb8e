import { beforeAll, describe, expect, it } from 'vitest';
import { accessToken } from '../../support/access-token.ts';
import { type Answer, modern, poster, rawClient, request } from '../../support/mcp-request.ts';
import { useStack } from '../../support/stack.ts';

const stack = useStack({ env: { MCP_STANDING_STREAM: 'on' } });

let token: string;
beforeAll(async () => {
  token = await accessToken(stack());
});

/** Longer than the SDK's templates accept, and within the limit of a body. */
const long = 'a'.repeat(1_100_000);

type Send = (method: string, params: Record<string, unknown>) => Promise<Answer>;

const eras: [string, () => Promise<Send>][] = [
  [
    // The one modern client whose missing header is filled in. No other header can be as long.
    'modern',
    async () => async (method, params) => {
      const [body, { 'mcp-name': _, ...headers }] = modern(method, params);
      const hosted = { 'user-agent': 'Claude-User', 'mcp-protocol-version': '2025-11-25' };
      return poster(stack(), token)(body, { ...headers, ...hosted });
    },
  ],
  [
    'legacy',
    async () => {
      const client = rawClient(stack(), token);
      await client.initialize();
      return (method, params) => client.send(request(method, params));
    },
  ],
];

const argument = { name: 'id', value: 'a' };

describe.each(eras)('a name of a million characters is refused as invalid params, %s', (_era, connect) => {
  it.each<[string, string, Record<string, unknown>]>([
    ['resources/read', 'of a template', { uri: `note://${long}` }],
    ['resources/read', 'of no template', { uri: `other://${long}` }],
    ['resources/read', 'that is no URI', { uri: long }],
    ['resources/subscribe', 'of a template', { uri: `note://${long}` }],
    ['resources/unsubscribe', 'of a template', { uri: `note://${long}` }],
    ['resources/list', 'as cursor', { cursor: long }],
    ['prompts/get', 'of a prompt', { name: long }],
    ['tools/call', 'of a tool', { name: long, arguments: {} }],
    [
      'completion/complete',
      'of a template',
      { ref: { type: 'ref/resource', uri: `note://${long}` }, argument },
    ],
    ['completion/complete', 'of a prompt', { ref: { type: 'ref/prompt', name: long }, argument }],
  ])('%s, %s', async (method, _what, params) => {
    const send = await connect();
    const { status, last, text } = await send(method, params);
    expect({ status, code: last.error?.code }).toEqual({ status: 200, code: -32602 });
    expect(text.length).toBeLessThan(500);
  });

  it('resources/read of a URI of 5,000 characters is looked up', async () => {
    const send = await connect();
    const { last } = await send('resources/read', { uri: `note://${'a'.repeat(5_000)}` });
    expect(last.error?.message).toMatch(/not found/);
  });
});

it('a batch with such a name is refused', async () => {
  const read = request('resources/read', { uri: `note://${long}` });
  const { last } = await poster(stack(), token)([request('ping'), read], {
    'mcp-protocol-version': '2025-03-26',
  });
  expect(last.error?.code).toBe(-32602);
});
