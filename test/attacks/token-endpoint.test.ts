import { beforeAll, describe, expect, it } from 'vitest';
import { grantIn } from '../support/access-token.ts';
import { browserUser } from '../support/browser-user.ts';
import { call, poster } from '../support/mcp-request.ts';
import { oauthClient, redirectUri, type Tokens } from '../support/oauth-client.ts';
import { useStack } from '../support/stack.ts';
import { approve, openConsent } from './steps.ts';

const stack = useStack();
let client: ReturnType<typeof oauthClient>;
let clientId: string;
let otherId: string;
let secretive: { client_id: string; client_secret: string };

beforeAll(async () => {
  client = oauthClient(stack().serverUrl);
  clientId = await client.register();
  otherId = await client.register({ client_name: 'Another' });
  const response = await fetch(`${stack().serverUrl}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'Confidential',
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: 'client_secret_post',
    }),
  });
  secretive = (await response.json()) as typeof secretive;
});

const errorOf = async (response: Response) => [
  response.status,
  ((await response.json()) as { error: string }).error,
];
const scopesOf = (token: string) => grantIn(stack(), token).scopes;

/** What the tenant is asked for, beside OpenID's scopes and the one for a refresh token. */
function askedOf(atTenant: URL): string[] {
  const usual = ['openid', 'profile', 'email', 'offline_access'];
  return (atTenant.searchParams.get('scope') ?? '').split(' ').filter((scope) => !usual.includes(scope));
}

describe('scope widening', () => {
  it.each(['mcp:admin', 'mcp:read mcp:admin', 'mcp:read mcp:write', 'openid mcp:read', 'MCP:READ'])(
    'a refresh of a read-only grant cannot ask for %s',
    async (scope) => {
      const { refresh_token } = await client.tokens(clientId, {}, { scope: 'mcp:read offline_access' });
      expect(await errorOf(await client.refresh(clientId, refresh_token, { scope }))).toEqual([
        400,
        'invalid_scope',
      ]);
    },
  );

  it('a refresh cannot take back what the user unticked, at once or in a second step', async () => {
    const first = await client.tokens(clientId, { untick: ['mcp:write'] });
    const second = (await (await client.refresh(clientId, first.refresh_token)).json()) as Tokens;
    expect(scopesOf(second.access_token)).toEqual(['mcp:read', 'offline_access']);
    expect(
      await errorOf(await client.refresh(clientId, second.refresh_token, { scope: 'mcp:write' })),
    ).toEqual([400, 'invalid_scope']);
  });

  it('fields added to the consent form grant nothing that was not asked for', async () => {
    const browser = browserUser();
    const url = client.authorizationUrl(clientId, { scope: 'mcp:read' });
    const { form, decide } = await openConsent(browser, url);
    for (const scope of ['mcp:write', 'mcp:admin', 'read:clients', '__proto__'])
      form.fields.set(`scope:${scope}`, 'on');
    form.fields.set('scope', 'mcp:admin');
    form.fields.set('redirect_uri', 'https://evil.example');
    const atTenant = new URL((await decide('approve')).headers.get('location') ?? '');
    expect(askedOf(atTenant)).toEqual(['mcp:read']);
    expect(atTenant.searchParams.get('redirect_uri')).toBe(`${stack().serverUrl}/callback`);
  });

  it('scopes of the tenant and of the Management API never get into a request', async () => {
    const scope = 'mcp:read read:clients create:clients profile address phone';
    const url = client.authorizationUrl(clientId, { scope, prompt: 'consent' });
    const atTenant = new URL(await approve(browserUser(), url));
    expect(askedOf(atTenant)).toEqual(['mcp:read']);
  });

  it('nothing else of a request reaches the tenant', async () => {
    const smuggled = {
      audience: 'https://evil.example',
      connection: 'evil',
      organization: 'org_1',
      max_age: '0',
    };
    const url = client.authorizationUrl(clientId, { prompt: 'consent', ...smuggled });
    const { searchParams } = new URL(await approve(browserUser(), url));
    expect(searchParams.get('audience')).toBe(stack().serverUrl);
    for (const name of ['connection', 'organization', 'max_age', 'resource'])
      expect(searchParams.has(name)).toBe(false);
  });

  it('a token request cannot name an audience, a scope or a code of the tenant', async () => {
    const extra = { audience: 'https://evil.example', scope: 'mcp:admin' };
    const code = await client.code(clientId, {}, { scope: 'mcp:read' });
    const { access_token } = (await (await client.exchange(clientId, code, extra)).json()) as Tokens;
    expect(grantIn(stack(), access_token).origin).toBe(stack().serverUrl);
    expect(scopesOf(access_token)).toEqual(['mcp:read', 'offline_access']);
    expect(await errorOf(await client.exchange(clientId, 'a-code-of-the-tenant'))).toEqual([
      400,
      'invalid_grant',
    ]);
  });
});

describe("someone else's refresh token", () => {
  it('is no use to another client, not even while the client’s own repetition is accepted', async () => {
    const { refresh_token } = await client.tokens(clientId);
    expect(await errorOf(await client.refresh(otherId, refresh_token))).toEqual([400, 'invalid_grant']);
    expect((await client.refresh(clientId, refresh_token)).status).toBe(200);
    expect(await errorOf(await client.refresh(otherId, refresh_token))).toEqual([400, 'invalid_grant']);
    const { client_id, client_secret } = secretive;
    const response = await client.refresh(client_id, refresh_token, { client_secret });
    expect(await errorOf(response)).toEqual([400, 'invalid_grant']);
  });

  it('is not revoked by another client', async () => {
    const { refresh_token } = await client.tokens(clientId);
    const response = await client.post('/oauth/revoke', { client_id: otherId, token: refresh_token });
    expect(await errorOf(response)).toEqual([400, 'invalid_grant']);
    expect((await client.refresh(clientId, refresh_token)).status).toBe(200);
  });

  it('nor is an access token', async () => {
    const { access_token: token } = await client.tokens(clientId);
    const response = await client.post('/oauth/revoke', { client_id: otherId, token });
    expect(await errorOf(response)).toEqual([400, 'invalid_grant']);
    expect((await poster(stack(), token)(call('whoami'))).status).toBe(200);
    expect((await client.post('/oauth/revoke', { client_id: clientId, token })).status).toBe(200);
    expect((await poster(stack(), token)(call('whoami'))).status).toBe(401);
  });

  it('stolen and replayed after the client signed out is dead, though it was good until then', async () => {
    const { refresh_token: stolen } = await client.tokens(clientId);
    const second = (await (await client.refresh(clientId, stolen)).json()) as Tokens;
    expect((await client.refresh(clientId, stolen)).status).toBe(200);
    await client.post('/oauth/revoke', { client_id: clientId, token: second.refresh_token });
    expect(await errorOf(await client.refresh(clientId, stolen))).toEqual([400, 'invalid_grant']);
  });

  it('of a confidential client needs its secret', async () => {
    const { client_id, client_secret } = secretive;
    const code = await client.code(client_id);
    for (const wrong of [
      undefined,
      'x',
      client_secret.slice(1),
      `${client_secret} `,
      client_secret.toUpperCase(),
    ])
      expect(await errorOf(await client.exchange(client_id, code, { client_secret: wrong }))).toEqual([
        401,
        'invalid_client',
      ]);
    expect((await client.exchange(client_id, code, { client_secret })).status).toBe(200);
  });

  it("a confidential client's secret is not another's", async () => {
    const response = await fetch(`${stack().serverUrl}/oauth/revoke`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${clientId}:${secretive.client_secret}`)}` },
      body: new URLSearchParams({ client_id: secretive.client_id, token: 'x' }),
    });
    expect(await errorOf(response)).toEqual([401, 'invalid_client']);
  });

  it("the tenant's own refresh tokens and those from elsewhere are refused here", async () => {
    for (const token of ['v1.MRrT', 'x'.repeat(60_000), '{"upstream":"x"}', '__proto__'])
      expect(await errorOf(await client.refresh(clientId, token))).toEqual([400, 'invalid_grant']);
  });
});
