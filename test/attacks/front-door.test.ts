import { beforeAll, describe, expect, it } from 'vitest';
import { wellKnownClients } from '../../lib/oauth/client/document/well-known.ts';
import { browserUser } from '../support/browser-user.ts';
import { makeDocumentKnown } from '../support/known-document.ts';
import { oauthClient } from '../support/oauth-client.ts';
import { type TestStack, useStack } from '../support/stack.ts';

const claude = 'https://claude.ai/oauth/mcp-oauth-client-metadata';

const madeByUs = (stack: TestStack) =>
  stack.tenant.applications().filter(({ client_metadata }) => client_metadata?.made_by);

async function register(stack: TestStack, name: string, redirect = `https://${name}.example/callback`) {
  const response = await fetch(`${stack.serverUrl}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: name,
      redirect_uris: [redirect],
      token_endpoint_auth_method: 'none',
    }),
  });
  return { status: response.status, client: (await response.json()) as { client_id: string } };
}

/** Signs a user in through a client, to the tokens. */
async function signInThrough(stack: TestStack, clientId: string, redirectUri: string) {
  const client = oauthClient(stack.serverUrl);
  const answer = await browserUser().signIn(client.authorizationUrl(clientId, { redirect_uri: redirectUri }));
  const code = answer.searchParams.get('code');
  if (!code) throw new Error(`no code: ${answer}`);
  const response = await client.exchange(clientId, code, { redirect_uri: redirectUri });
  return (await response.json()) as { access_token?: string; refresh_token?: string; scope?: string };
}

async function callTools(stack: TestStack, token: string | undefined): Promise<number> {
  const response = await fetch(stack.mcpUrl, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2025-11-25',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
  });
  return response.status;
}

/** What an exchange costs at the tenant and in the store. */
async function costOf(stack: TestStack, work: () => Promise<unknown>) {
  await stack.functions.idle();
  const before = stack.tenant.requests.length;
  stack.store.resetCounts();
  await work();
  await stack.functions.idle();
  const { requests, commands } = stack.store;
  return { tenant: stack.tenant.requests.length - before, roundTrips: requests, commands };
}

describe('an account that registers clients and signs in once in each', () => {
  const ceiling = 8;
  const stack = useStack({ env: { MAX_CLIENTS: String(ceiling) } });

  beforeAll(async () => {
    for (let index = 0; index < ceiling + 4; index++) {
      const name = `flood-${index}`;
      const { client } = await register(stack(), name);
      await signInThrough(stack(), client.client_id, `https://${name}.example/callback`);
    }
    await stack().functions.idle();
  }, 300_000);

  it('fills the ceiling, and one application that all others share', () => {
    expect(madeByUs(stack()).length).toBeGreaterThanOrEqual(ceiling - 2);
    expect(madeByUs(stack()).length).toBeLessThanOrEqual(ceiling + 1);
  });

  it('keeps no honest client out: it registers, signs in and calls', async () => {
    const { status, client } = await register(stack(), 'honest');
    expect(status).toBe(201);
    const tokens = await signInThrough(stack(), client.client_id, 'https://honest.example/callback');
    expect(tokens.scope).toContain('mcp:read');
    expect(await callTools(stack(), tokens.access_token)).toBe(200);
    const again = await register(stack(), 'honest');
    expect(again.client.client_id).toBe(client.client_id);
    const refreshed = await oauthClient(stack().serverUrl).refresh(client.client_id, tokens.refresh_token);
    expect(refreshed.status).toBe(200);
  });

  it('does not keep Claude’s own document out', async () => {
    await makeDocumentKnown(
      stack(),
      claude,
      wellKnownClients.get(claude) ?? { client_name: '', redirect_uris: [] },
    );
    const tokens = await signInThrough(stack(), claude, 'https://claude.ai/api/mcp/auth_callback');
    expect(await callTools(stack(), tokens.access_token)).toBe(200);
  });

  it('costs the tenant nothing with further registrations, and the store one round trip', async () => {
    const cost = await costOf(stack(), () => register(stack(), 'one-more'));
    expect(cost).toMatchObject({ tenant: 0, roundTrips: 1 });
  });

  it('cannot pass a client off as another with an id that carries a registration', async () => {
    const { client } = await register(stack(), 'victim');
    const [prefix, content = '', code] = client.client_id.split('.');
    const forged = [prefix, `${content.slice(0, -2)}AA`, code].join('.');
    const response = await browserUser().visit(
      oauthClient(stack().serverUrl).authorizationUrl(forged, {
        redirect_uri: 'https://victim.example/callback',
      }),
    );
    expect(response.status).toBe(400);
    expect(response.headers.get('location')).toBeNull();
  });

  it('cannot use one such client’s code or refresh token as another of them', async () => {
    const [mine, theirs] = await Promise.all([register(stack(), 'mine'), register(stack(), 'theirs')]);
    const tokens = await signInThrough(stack(), theirs.client.client_id, 'https://theirs.example/callback');
    const stolen = await oauthClient(stack().serverUrl).refresh(mine.client.client_id, tokens.refresh_token);
    expect(stolen.status).toBe(400);
    expect(await stolen.json()).toMatchObject({ error: 'invalid_grant' });
  });
});

describe('a tenant on Auth0’s Free plan, whose quota is smaller than the ceiling', () => {
  const stack = useStack();

  beforeAll(async () => {
    stack().tenant.switches.applicationQuota = stack().tenant.applications().length + 8;
    for (let index = 0; index < 12; index++)
      expect((await register(stack(), `flood-${index}`)).status).toBe(201);
  });

  it('is full of clients that nobody has approved, and an honest one still signs in', async () => {
    const { status, client } = await register(stack(), 'honest');
    expect(status).toBe(201);
    const tokens = await signInThrough(stack(), client.client_id, 'https://honest.example/callback');
    expect(await callTools(stack(), tokens.access_token)).toBe(200);
  });

  it('lets Claude’s own document in', async () => {
    await makeDocumentKnown(
      stack(),
      claude,
      wellKnownClients.get(claude) ?? { client_name: '', redirect_uris: [] },
    );
    const tokens = await signInThrough(stack(), claude, 'https://claude.ai/api/mcp/auth_callback');
    expect(await callTools(stack(), tokens.access_token)).toBe(200);
  });
});

describe('somebody without a token', () => {
  const stack = useStack();

  it.each([
    ['made up', 'x'.repeat(40)],
    [
      'the shape of one of ours',
      `eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..${'A'.repeat(16)}.AAAA.${'A'.repeat(22)}`,
    ],
  ])('costs the store and the tenant nothing with a bearer token that is %s', async (_, token) => {
    const cost = await costOf(stack(), async () => expect(await callTools(stack(), token)).toBe(401));
    expect(cost).toEqual({ tenant: 0, roundTrips: 0, commands: 0 });
  });

  it('costs the store one round trip at most at each endpoint', async () => {
    const client = oauthClient(stack().serverUrl);
    const unknown = 'x'.repeat(32);
    const requests: (() => Promise<unknown>)[] = [
      () => client.exchange('self.AAAA.BBBB', 'code'),
      () => client.refresh('self.AAAA.BBBB', 'token'),
      () => client.post('/oauth/revoke', { client_id: 'self.AAAA.BBBB', token: 'x' }),
      () => fetch(client.authorizationUrl('self.AAAA.BBBB')),
      () => fetch(`${stack().serverUrl}/callback?state=x&code=y`),
      () => client.post('/authorize', { request: 'x', decision: 'approve' }),
    ];
    for (const request of requests) {
      const cost = await costOf(stack(), request);
      expect(cost.tenant).toBe(0);
      expect(cost.roundTrips).toBeLessThanOrEqual(1);
    }
    // A made-up id of Auth0's own form is looked up once, then remembered as unknown.
    await client.refresh(unknown, 'token');
    expect(await costOf(stack(), () => client.refresh(unknown, 'token'))).toMatchObject({
      tenant: 0,
      roundTrips: 1,
    });
  });
});
