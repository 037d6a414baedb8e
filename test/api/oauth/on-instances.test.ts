import { beforeAll, expect, it } from 'vitest';
import { oauthClient, type Tokens } from '../../support/oauth-client.ts';
import { useStack } from '../../support/stack.ts';

const stack = useStack({ instances: 3 });
let client: ReturnType<typeof oauthClient>;
let clientId: string;

beforeAll(async () => {
  client = oauthClient(stack().serverUrl);
  clientId = await client.register();
});

const exchanges = () => stack().tenant.requests.filter(({ path }) => path === '/oauth/token').length;

it('a refresh token that reaches several instances at once is exchanged once, and all get the same tokens', async () => {
  const { refresh_token } = await client.tokens(clientId);
  const before = exchanges();
  const responses = await Promise.all(
    Array.from({ length: 6 }, () => client.refresh(clientId, refresh_token)),
  );
  const answers = (await Promise.all(responses.map((response) => response.json()))) as Tokens[];
  expect(responses.map(({ status }) => status)).toEqual(Array(6).fill(200));
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(new Set(responses.map(({ headers }) => headers.get('x-local-instance'))).size).toBe(3);
  expect(exchanges() - before).toBe(1);
});

it('a refresh repeated a little later, at another instance, gets the same tokens too', async () => {
  const { refresh_token } = await client.tokens(clientId);
  const first = await (await client.refresh(clientId, refresh_token)).json();
  const before = exchanges();
  expect(await (await client.refresh(clientId, refresh_token)).json()).toEqual(first);
  expect(exchanges()).toBe(before);
});

it('a refresh that names all of its scopes is the same as one that names none', async () => {
  const { refresh_token, scope } = await client.tokens(clientId);
  const before = exchanges();
  const [first, second] = await Promise.all([
    client.refresh(clientId, refresh_token),
    client.refresh(clientId, refresh_token, { scope }),
  ]);
  expect(await second.json()).toEqual(await first.json());
  expect(exchanges()).toBe(before + 1);
});

it('every instance can go on with a sign-in that another began', async () => {
  for (let attempt = 0; attempt < 3; attempt++)
    expect((await client.tokens(clientId)).scope).toContain('mcp:read');
});

it('a code that reaches several instances at once is redeemed once, and its tokens stay good', async () => {
  const code = await client.code(clientId);
  stack().tenant.switches.faults = { 'POST /oauth/token': { delayMs: 500, nth: 1 } };
  const responses = await Promise.all(Array.from({ length: 3 }, () => client.exchange(clientId, code)));
  expect(responses.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
  const granted = responses.find(({ status }) => status === 200);
  const tokens = (await granted?.json()) as Tokens;
  expect((await client.refresh(clientId, tokens.refresh_token)).status).toBe(200);
});
