import { beforeAll, expect, it } from 'vitest';
import { call, poster } from '../../support/mcp-request.ts';
import { oauthClient, type Tokens } from '../../support/oauth-client.ts';
import { useStack } from '../../support/stack.ts';

const stack = useStack({ instances: 3 });
let client: ReturnType<typeof oauthClient>;
let clientId: string;

beforeAll(async () => {
  client = oauthClient(stack().serverUrl);
  clientId = await client.register();
});

/** What the tenant was asked about users; that a client is in use is noted in the background, once a week. */
const tenantCalls = () => stack().tenant.requests.filter(({ path }) => !path.startsWith('/api/')).length;

const tokensOf = async (response: Response) => (await response.json()) as Tokens;

/** Whether a pair is good, at every instance. */
async function expectGood({ access_token, refresh_token }: Tokens) {
  for (const instance of [0, 1, 2]) {
    const answer = await poster(stack(), access_token)(call('whoami'), {
      'x-local-instance': String(instance),
    });
    expect(answer.status).toBe(200);
  }
  expect((await client.refresh(clientId, refresh_token)).status).toBe(200);
}

it('a refresh token that reaches several instances at once brings each a good pair, and the tenant nothing', async () => {
  const { refresh_token, scope } = await client.tokens(clientId);
  const before = tenantCalls();
  const responses = await Promise.all(
    Array.from({ length: 6 }, () => client.refresh(clientId, refresh_token)),
  );
  const answers = await Promise.all(responses.map(tokensOf));
  expect(responses.map(({ status }) => status)).toEqual(Array(6).fill(200));
  expect(new Set(answers.map((answer) => answer.scope))).toEqual(new Set([scope]));
  expect(new Set(responses.map(({ headers }) => headers.get('x-local-instance'))).size).toBe(3);
  for (const answer of answers) await expectGood(answer);
  expect(tenantCalls()).toBe(before);
});

it('a refresh repeated a little later, at another instance, after its successor was used, is harmless too', async () => {
  const { refresh_token } = await client.tokens(clientId);
  const first = await tokensOf(await client.refresh(clientId, refresh_token));
  const successor = await tokensOf(await client.refresh(clientId, first.refresh_token));
  const before = tenantCalls();
  const repeated = await client.refresh(clientId, refresh_token);
  expect(repeated.status).toBe(200);
  await expectGood(await tokensOf(repeated));
  await expectGood(successor);
  expect(tenantCalls()).toBe(before);
});

it('a refresh that names all of its scopes is the same as one that names none', async () => {
  const { refresh_token, scope } = await client.tokens(clientId);
  const [first, second] = await Promise.all([
    client.refresh(clientId, refresh_token),
    client.refresh(clientId, refresh_token, { scope }),
  ]);
  const [named, unnamed] = [await tokensOf(second), await tokensOf(first)];
  expect(named.scope).toBe(unnamed.scope);
  expect(named.expires_in).toBe(unnamed.expires_in);
  await expectGood(named);
});

it('every instance can go on with a sign-in that another began', async () => {
  for (let attempt = 0; attempt < 3; attempt++)
    expect((await client.tokens(clientId)).scope).toContain('mcp:read');
});

it('a code that reaches several instances at once is redeemed once, and its tokens stay good', async () => {
  const code = await client.code(clientId);
  const responses = await Promise.all(Array.from({ length: 3 }, () => client.exchange(clientId, code)));
  expect(responses.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
  for (const response of responses.filter(({ status }) => status === 400))
    expect(await response.json()).toMatchObject({ error: 'invalid_grant' });
  const granted = responses.find(({ status }) => status === 200);
  if (granted) await expectGood(await tokensOf(granted));
});

it('a connection that is revoked at one instance is over at every one that had not used it', async () => {
  const { access_token, refresh_token } = await client.tokens(clientId);
  const revoked = await client.post('/oauth/revoke', { client_id: clientId, token: access_token });
  expect(revoked.status).toBe(200);
  for (const instance of [0, 1, 2]) {
    const answer = await poster(stack(), access_token)(call('whoami'), {
      'x-local-instance': String(instance),
    });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
  }
  expect((await client.refresh(clientId, refresh_token)).status).toBe(400);
});
