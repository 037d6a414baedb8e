import { expect, it } from 'vitest';
import { grantIn } from '../../support/access-token.ts';
import { browserUser } from '../../support/browser-user.ts';
import { oauthClient, type Tokens } from '../../support/oauth-client.ts';
import { useStack } from '../../support/stack.ts';

const printed: string[] = [];
const stack = useStack({ env: { LOG_LEVEL: 'debug' }, onPrint: (line) => printed.push(line) });

it('a whole sign-in, with its failures, leaves no secret in any log line, and one id to follow it by', async () => {
  const client = oauthClient(stack().serverUrl);
  const clientId = await client.register();
  const browser = browserUser();
  const answer = await browser.signIn(client.authorizationUrl(clientId));
  const code = answer.searchParams.get('code') ?? '';
  await client.exchange(clientId, code, { code_verifier: 'wrong'.repeat(12) });
  const tokens = (await (await client.exchange(clientId, code)).json()) as Tokens;
  const second = (await (await client.refresh(clientId, tokens.refresh_token)).json()) as Tokens;
  await client.exchange(clientId, code);
  await client.post('/oauth/revoke', { client_id: clientId, token: second.refresh_token });
  await client.refresh(clientId, second.refresh_token);
  await fetch(`${stack().serverUrl}/callback?state=${code}&code=code-of-someone&error_description=x`);

  const { upstream } = grantIn(stack(), tokens.access_token);

  const secrets = [
    ...[client.verifier, code, tokens.access_token, tokens.refresh_token, second.access_token, upstream],
    ...[second.refresh_token, 'code-of-someone', 'demo@example.com', stack().env.AUTH0_CLIENT_SECRET],
    ...[...browser.cookies.values()].flatMap((jar) => [...jar.values()].filter(Boolean)),
  ];
  for (const secret of secrets) {
    expect(secret).toBeTruthy();
    expect(printed.filter((line) => line.includes(secret ?? ''))).toEqual([]);
  }

  const steps = new Map<string, string[]>();
  for (const { signIn, endpoint, method } of printed.map((line) => JSON.parse(line)))
    if (signIn) steps.set(signIn, [...(steps.get(signIn) ?? []), `${method} ${endpoint}`]);
  expect([...steps.values()]).toEqual([
    [
      ...['GET authorize', 'POST authorize', 'GET callback'],
      // The wrong verifier, the exchange, the refresh, the code once more; then the end, and a refresh after it.
      ...['POST token', 'POST token', 'POST token', 'POST token', 'POST revoke', 'POST token'],
    ],
  ]);
});
