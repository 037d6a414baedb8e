import { beforeAll, describe, expect, it } from 'vitest';
import { grantIn } from '../support/access-token.ts';
import { browserUser } from '../support/browser-user.ts';
import { manageTenant } from '../support/manage-tenant.ts';
import { oauthClient } from '../support/oauth-client.ts';
import { useStack } from '../support/stack.ts';
import { openConsent } from './steps.ts';

const stack = useStack();
let client: ReturnType<typeof oauthClient>;
let clientId: string;
beforeAll(async () => {
  client = oauthClient(stack().serverUrl);
  clientId = await client.register();
});

const administrator = { email: 'admin@example.com', password: 'admin' };
const everything = { scope: 'mcp:read mcp:write mcp:admin offline_access' };

describe('mcp:admin', () => {
  it('is nobody’s by default: an ordinary user who approves it does not get it', async () => {
    const tokens = await client.tokens(clientId, {}, everything);
    expect(tokens.scope).toBe('mcp:read mcp:write offline_access');
    expect(grantIn(stack(), tokens.access_token).scopes).not.toContain('mcp:admin');
  });

  it('goes to a user whose permissions at the tenant include it', async () => {
    const tokens = await client.tokens(clientId, { user: administrator }, everything);
    expect(tokens.scope.split(' ')).toContain('mcp:admin');
  });

  it('is not handed out by a tenant that knows no permissions, whatever scopes it grants', async () => {
    const manage = await manageTenant(stack());
    const api = `resource-servers/${encodeURIComponent(stack().serverUrl)}`;
    await manage('PATCH', api, { enforce_policies: false });
    try {
      const tokens = await client.tokens(clientId, { user: administrator }, everything);
      expect(tokens.scope).toBe('mcp:read mcp:write offline_access');
    } finally {
      await manage('PATCH', api, { enforce_policies: true });
    }
  });
});

describe('a client that asks for mcp:read', () => {
  const scope = 'mcp:read';

  it('gets exactly what the page listed, and says so in the token response', async () => {
    const { form } = await openConsent(browserUser(), client.authorizationUrl(clientId, { scope }));
    const listed = [...form.fields.keys()].filter((name) => name.startsWith('scope:'));
    expect(listed).toEqual(['scope:mcp:read', 'scope:offline_access']);
    const tokens = await client.tokens(clientId, {}, { scope });
    expect(tokens.scope).toBe('mcp:read offline_access');
    expect(grantIn(stack(), tokens.access_token).scopes).toEqual(['mcp:read', 'offline_access']);
  });

  it('holds nothing that tells it the user’s name or e-mail address, and cannot ask the tenant for it', async () => {
    const tokens = await client.tokens(clientId, {}, { scope });
    expect(Object.keys(tokens).sort()).toEqual([
      'access_token',
      'expires_in',
      'refresh_token',
      'scope',
      'token_type',
    ]);
    for (const part of tokens.access_token.split('.'))
      expect(Buffer.from(part, 'base64url').toString()).not.toMatch(/demo@example|auth0\|/);
    const userinfo = await fetch(`${stack().tenant.origin}/userinfo`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(userinfo.status).toBe(401);
  });

  it('cannot ask for identity by OpenID scopes: they are not in the grant', async () => {
    const tokens = await client.tokens(clientId, {}, { scope: 'openid profile email mcp:read' });
    expect(tokens.scope).toBe('mcp:read offline_access');
    expect(tokens).not.toHaveProperty('id_token');
  });
});
