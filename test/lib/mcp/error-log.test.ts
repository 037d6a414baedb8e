import { beforeAll, expect, it } from 'vitest';
import { accessToken } from '../../support/access-token.ts';
import { eventually } from '../../support/eventually.ts';
import { call, modern, type Post, poster, request } from '../../support/mcp-request.ts';
import { useStack } from '../../support/stack.ts';

const printed: string[] = [];
const stack = useStack({ onPrint: (line) => printed.push(line) });
let post: Post;

beforeAll(async () => {
  post = poster(stack(), await accessToken(stack()));
});

it.each<[string, () => ReturnType<Post>, number | undefined]>([
  ['JSON that is none', () => post('{"a'), -32700],
  ['an unknown method, legacy', () => post(request('nope/x')), -32601],
  ['an unknown tool, legacy', () => post(call('nope')), -32602],
  ['an unknown session', () => post(call('whoami'), { 'mcp-session-id': 'nope' }), -32001],
  ['an unknown revision', () => post(call('whoami'), { 'mcp-protocol-version': '1999-01-01' }), -32000],
  ['an unknown method, modern', () => post(...modern('nope/x')), -32601],
  ['a call that goes well', () => post(call('whoami')), undefined],
])('the line of %s names its JSON-RPC error', async (_, send, code) => {
  printed.length = 0;
  await send();
  const line = await eventually(() =>
    JSON.parse(printed.find((each) => each.includes('"msg":"request"')) ?? ''),
  );
  expect(line.rpcError).toBe(code);
});
