import * as oauth from 'oauth4webapi';
import { describe, expect, it } from 'vitest';
import { signIn } from '../support/browser-user.ts';
import { useStack } from '../support/stack.ts';

/** oauth4webapi refuses plain http unless told otherwise; the local stack is all plain http. */
const insecure = { [oauth.allowInsecureRequests]: true };
const redirectUri = 'https://client.example.com/callback';

const methods: [string, (secret: string) => oauth.ClientAuth][] = [
  ['none', () => oauth.None()],
  ['client_secret_post', (secret) => oauth.ClientSecretPost(secret)],
  ['client_secret_basic', (secret) => oauth.ClientSecretBasic(secret)],
];

describe('a strict OAuth client', () => {
  const stack = useStack();

  async function discover(): Promise<{ server: oauth.AuthorizationServer; resource: string }> {
    const resource = new URL(stack().mcpUrl);
    const protectedResource = await oauth.processResourceDiscoveryResponse(
      resource,
      await oauth.resourceDiscoveryRequest(resource, insecure),
    );
    const issuer = new URL(protectedResource.authorization_servers?.[0] ?? '');
    const response = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure });
    return {
      server: await oauth.processDiscoveryResponse(issuer, response),
      resource: protectedResource.resource,
    };
  }

  it.each(methods)('walks the whole way with the auth method %s', async (method, authentication) => {
    const { server, resource } = await discover();
    const registration = await oauth.dynamicClientRegistrationRequest(
      server,
      {
        client_name: `Strict client, ${method}`,
        redirect_uris: [redirectUri],
        token_endpoint_auth_method: method,
      },
      insecure,
    );
    const client = await oauth.processDynamicClientRegistrationResponse(registration);
    expect(client.token_endpoint_auth_method).toBe(method);
    const auth = authentication(String(client.client_secret));

    const verifier = oauth.generateRandomCodeVerifier();
    const state = oauth.generateRandomState();
    const authorization = new URL(server.authorization_endpoint ?? '');
    authorization.search = new URLSearchParams({
      client_id: client.client_id,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'mcp:read mcp:write offline_access',
      resource,
      state,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    }).toString();
    const callback = await signIn(authorization);
    expect(server.authorization_response_iss_parameter_supported).toBe(true);
    const parameters = oauth.validateAuthResponse(server, client, callback, state);

    const granted = await oauth.processAuthorizationCodeResponse(
      server,
      client,
      await oauth.authorizationCodeGrantRequest(server, client, auth, parameters, redirectUri, verifier, {
        ...insecure,
        additionalParameters: { resource },
      }),
    );
    expect(granted.id_token).toBeUndefined();
    expect(granted.scope).toBe('mcp:read mcp:write offline_access');

    const refreshed = await oauth.processRefreshTokenResponse(
      server,
      client,
      await oauth.refreshTokenGrantRequest(server, client, auth, granted.refresh_token ?? '', insecure),
    );
    expect(refreshed.access_token).not.toBe(granted.access_token);

    const call = await oauth.protectedResourceRequest(
      refreshed.access_token,
      'POST',
      new URL(resource),
      new Headers({
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2025-11-25',
      }),
      JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'whoami', arguments: {} },
      }),
      insecure,
    );
    expect(call.status).toBe(200);
    expect(await call.text()).toContain('demo@example.com');

    const token = refreshed.refresh_token ?? '';
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(server, client, auth, token, insecure),
    );
    const dead = await oauth.refreshTokenGrantRequest(server, client, auth, token, insecure);
    await expect(oauth.processRefreshTokenResponse(server, client, dead)).rejects.toMatchObject({
      error: 'invalid_grant',
      status: 400,
    });
  });

  it('finds the same server through the OpenID form of discovery', async () => {
    const issuer = new URL(stack().serverUrl);
    const response = await oauth.discoveryRequest(issuer, { algorithm: 'oidc', ...insecure });
    expect((await oauth.processDiscoveryResponse(issuer, response)).issuer).toBe(stack().serverUrl);
  });
});
