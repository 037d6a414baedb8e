import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { signIn } from './browser-user.ts';

type Tokens = { access_token: string; refresh_token?: string | undefined; scope?: string | undefined };

/** A strict OAuth client made with a library, after its user has signed in. */
export type LibraryClient = {
  tokens: Tokens;
  refresh(token: string): Promise<Tokens>;
  revoke(token: string): Promise<void>;
};

export type Library = { name: string; connect(serverUrl: string): Promise<LibraryClient> };

const redirectUri = 'https://client.example.com/callback';
const scope = 'mcp:read mcp:write offline_access';
const metadata = (name: string) => ({
  client_name: name,
  redirect_uris: [redirectUri],
  token_endpoint_auth_method: 'none',
});

/** The libraries refuse plain http unless told otherwise; the local stack is all plain http. */
const insecure = { [oauth.allowInsecureRequests]: true };

async function connectOauth4webapi(serverUrl: string): Promise<LibraryClient> {
  const issuer = new URL(serverUrl);
  const server = await oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }),
  );
  const client = await oauth.processDynamicClientRegistrationResponse(
    await oauth.dynamicClientRegistrationRequest(server, metadata('oauth4webapi'), insecure),
  );
  const auth = oauth.None();
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const authorization = new URL(server.authorization_endpoint ?? '');
  authorization.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope,
    resource: `${serverUrl}/mcp`,
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  }).toString();
  const parameters = oauth.validateAuthResponse(server, client, await signIn(authorization), state);
  const tokens = await oauth.processAuthorizationCodeResponse(
    server,
    client,
    await oauth.authorizationCodeGrantRequest(
      server,
      client,
      auth,
      parameters,
      redirectUri,
      verifier,
      insecure,
    ),
  );
  return {
    tokens,
    refresh: async (token) =>
      oauth.processRefreshTokenResponse(
        server,
        client,
        await oauth.refreshTokenGrantRequest(server, client, auth, token, insecure),
      ),
    revoke: async (token) =>
      oauth.processRevocationResponse(await oauth.revocationRequest(server, client, auth, token, insecure)),
  };
}

async function connectOpenidClient(serverUrl: string): Promise<LibraryClient> {
  const config = await openid.dynamicClientRegistration(
    new URL(serverUrl),
    metadata('openid-client'),
    openid.None(),
    { algorithm: 'oauth2', execute: [openid.allowInsecureRequests] },
  );
  const verifier = openid.randomPKCECodeVerifier();
  const state = openid.randomState();
  const authorization = openid.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope,
    resource: `${serverUrl}/mcp`,
    state,
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const tokens = await openid.authorizationCodeGrant(config, await signIn(authorization), {
    pkceCodeVerifier: verifier,
    expectedState: state,
  });
  return {
    tokens,
    refresh: (token) => openid.refreshTokenGrant(config, token),
    revoke: (token) => openid.tokenRevocation(config, token),
  };
}

/** OAuth libraries that check every answer against the specifications. */
export const libraries: Library[] = [
  { name: 'oauth4webapi', connect: connectOauth4webapi },
  { name: 'openid-client', connect: connectOpenidClient },
];
