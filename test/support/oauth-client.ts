import { createHash, randomBytes } from 'node:crypto';
import { type Send, type SignInOptions, signIn } from './browser-user.ts';

export type Tokens = {
  access_token: string;
  token_type: string;
  expires_in: number;
  scope: string;
  refresh_token?: string;
};

export type Registration = {
  client_name?: string;
  redirect_uris?: string[];
  token_endpoint_auth_method?: string;
};

export type Exchange = { clientId: string; code: string; redirectUri?: string; verifier?: string };

/** A PKCE pair (RFC 7636). */
export function pkce(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

/** The redirect URI that test clients register unless told otherwise. */
export const redirectUri = 'https://client.example.com/callback';

/** An OAuth client in its simplest form, to say right and wrong things with. */
export function oauthClient(serverUrl: string, send: Send = fetch) {
  const { verifier, challenge } = pkce();

  async function register(registration: Registration = {}): Promise<string> {
    const response = await send(`${serverUrl}/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        client_name: 'Test client',
        redirect_uris: [redirectUri],
        token_endpoint_auth_method: 'none',
        ...registration,
      }),
    });
    if (!response.ok) throw new Error(`not registered: ${await response.text()}`);
    return ((await response.json()) as { client_id: string }).client_id;
  }

  /** An authorization URL as a correct client builds it; `undefined` takes a parameter away. */
  function authorizationUrl(clientId: string, changes: Record<string, string | undefined> = {}): string {
    const parameters: Record<string, string | undefined> = {
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      code_challenge: challenge,
      code_challenge_method: 'S256',
      scope: 'mcp:read mcp:write offline_access',
      state: 'the-state-of-the-client',
      resource: `${serverUrl}/mcp`,
      ...changes,
    };
    const stated = Object.entries(parameters).filter((entry): entry is [string, string] => !!entry[1]);
    return `${serverUrl}/authorize?${new URLSearchParams(stated)}`;
  }

  function post(path: string, fields: Record<string, string | undefined>): Promise<Response> {
    const stated = Object.entries(fields).filter((entry): entry is [string, string] => !!entry[1]);
    return send(serverUrl + path, { method: 'POST', body: new URLSearchParams(stated) });
  }

  /** A token request as a correct client makes it; `undefined` takes a field away. */
  function exchange(clientId: string, code: string, changes: Record<string, string | undefined> = {}) {
    return post('/oauth/token', {
      grant_type: 'authorization_code',
      client_id: clientId,
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
      ...changes,
    });
  }

  function refresh(clientId: string, refreshToken = '', changes: Record<string, string | undefined> = {}) {
    return post('/oauth/token', {
      grant_type: 'refresh_token',
      client_id: clientId,
      refresh_token: refreshToken,
      ...changes,
    });
  }

  /** Registers and signs in, to the code. */
  async function code(clientId: string, options: SignInOptions = {}, changes = {}): Promise<string> {
    const callback = await signIn(authorizationUrl(clientId, changes), options, send);
    const found = callback.searchParams.get('code');
    if (!found) throw new Error(`no code: ${callback.searchParams}`);
    return found;
  }

  /** Signs in, to the tokens. */
  async function tokens(clientId: string, options: SignInOptions = {}, changes = {}): Promise<Tokens> {
    const response = await exchange(clientId, await code(clientId, options, changes));
    if (!response.ok) throw new Error(`no tokens: ${await response.text()}`);
    return (await response.json()) as Tokens;
  }

  return { register, authorizationUrl, post, exchange, refresh, code, tokens, verifier, challenge };
}
