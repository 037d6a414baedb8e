import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { grantIn, tenantTokens } from '../../support/access-token.ts';
import { call, poster } from '../../support/mcp-request.ts';
import { oauthClient } from '../../support/oauth-client.ts';
import { useStack } from '../../support/stack.ts';

const stack = useStack();
let client: ReturnType<typeof oauthClient>;
let clientId: string;
let otherId: string;

beforeAll(async () => {
  client = oauthClient(stack().serverUrl);
  clientId = await client.register();
  otherId = await client.register({ client_name: 'Another client' });
});

afterEach(() => {
  stack().tenant.switches.faults = {};
  stack().store.faults.outage = 'none';
});

const revoke = (token: string | undefined, fields: Record<string, string | undefined> = {}) =>
  client.post('/oauth/revoke', { client_id: clientId, token, ...fields });

const errorOf = async (response: Response) => ((await response.json()) as { error: string }).error;

describe('revocation', () => {
  it.each([undefined, 'refresh_token', 'access_token', 'nonsense'])(
    'ends a refresh token, whatever the hint says: %s',
    async (hint) => {
      const { refresh_token } = await client.tokens(clientId);
      const response = await revoke(refresh_token, { token_type_hint: hint });
      expect(response.status).toBe(200);
      expect(await response.text()).toBe('');
      expect(await errorOf(await client.refresh(clientId, refresh_token))).toBe('invalid_grant');
    },
  );

  it('ends the tokens that came of it', async () => {
    const first = await client.tokens(clientId);
    const second = (await (await client.refresh(clientId, first.refresh_token)).json()) as typeof first;
    await revoke(second.refresh_token);
    expect(await errorOf(await client.refresh(clientId, second.refresh_token))).toBe('invalid_grant');
  });

  it.each(['access_token', 'refresh_token'] as const)(
    'of the %s ends the whole connection at once, here and at the tenant',
    async (which) => {
      const tokens = await client.tokens(clientId);
      const use = () => poster(stack(), tokens.access_token)(call('whoami'));
      expect((await use()).status).toBe(200);
      const { application, upstream = '' } = grantIn(stack(), tokens.access_token);
      expect((await revoke(tokens[which])).status).toBe(200);
      const answer = await use();
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
      expect(await errorOf(await client.refresh(clientId, tokens.refresh_token))).toBe('invalid_grant');
      const atTenant = await fetch(`${stack().tenant.origin}/oauth/token`, {
        method: 'POST',
        body: new URLSearchParams({
          ...{ grant_type: 'refresh_token', client_id: application, refresh_token: upstream },
        }),
      });
      expect([atTenant.status, await errorOf(atTenant)]).toEqual([403, 'invalid_grant']);
    },
  );

  it('ends no other connection of the same user and client', async () => {
    const [one, other] = [await client.tokens(clientId), await client.tokens(clientId)];
    await revoke(one.access_token);
    expect((await poster(stack(), other.access_token)(call('whoami'))).status).toBe(200);
    expect((await client.refresh(clientId, other.refresh_token)).status).toBe(200);
  });

  it('can be repeated', async () => {
    const { access_token } = await client.tokens(clientId);
    for (let attempt = 0; attempt < 2; attempt++) expect((await revoke(access_token)).status).toBe(200);
  });

  it('takes a token of the tenant, which is not ours to end', async () => {
    const { tokens } = await tenantTokens(stack());
    expect((await revoke(tokens.access_token)).status).toBe(200);
  });

  it.each(['unknown', 'v1.MXjF', 'a.b.c', 'x'.repeat(5000)])(
    'takes the unknown token %.20s',
    async (token) => {
      expect((await revoke(token)).status).toBe(200);
    },
  );

  it('answers at /revoke too', async () => {
    const response = await client.post('/revoke', { client_id: clientId, token: 'unknown' });
    expect(response.status).toBe(200);
  });

  it('can be called by browser clients', async () => {
    expect((await revoke('unknown')).headers.get('access-control-allow-origin')).toBe('*');
  });
});

describe('revocation is refused', () => {
  it('without a token', async () => {
    const response = await revoke(undefined);
    expect([response.status, await errorOf(response)]).toEqual([400, 'invalid_request']);
  });

  it('to an unknown client', async () => {
    const response = await revoke('x', { client_id: 'c'.repeat(32) });
    expect([response.status, await errorOf(response)]).toEqual([401, 'invalid_client']);
  });

  it("for another client's token, which stays good", async () => {
    const { refresh_token } = await client.tokens(clientId);
    const response = await revoke(refresh_token, { client_id: otherId });
    expect([response.status, await errorOf(response)]).toEqual([400, 'invalid_grant']);
    expect((await client.refresh(clientId, refresh_token)).status).toBe(200);
  });

  it("for another client's access token, which stays good", async () => {
    const { access_token } = await client.tokens(clientId);
    const response = await revoke(access_token, { client_id: otherId });
    expect([response.status, await errorOf(response)]).toEqual([400, 'invalid_grant']);
    expect((await poster(stack(), access_token)(call('whoami'))).status).toBe(200);
  });

  it('while the store is down, so that the client tries again', async () => {
    const { refresh_token } = await client.tokens(clientId);
    stack().store.faults.outage = 'unavailable';
    const response = await revoke(refresh_token);
    stack().store.faults.outage = 'none';
    expect([response.status, await errorOf(response)]).toEqual([503, 'temporarily_unavailable']);
    expect(response.headers.get('retry-after')).toBeTruthy();
    expect((await revoke(refresh_token)).status).toBe(200);
  });

  it('while the tenant is down, so that nobody believes it is done', async () => {
    const { refresh_token } = await client.tokens(clientId);
    stack().tenant.switches.faults = { 'POST /oauth/revoke': { status: 503 } };
    const response = await revoke(refresh_token);
    expect([response.status, await errorOf(response)]).toEqual([503, 'temporarily_unavailable']);
    expect(response.headers.get('retry-after')).toBeTruthy();
  });
});
