import { randomUUID } from 'node:crypto';

type Tokens = { access_token: string; token_type: string; refresh_token?: string; scope?: string };
type Information = { client_id: string; client_secret?: string };

export type Provider = ReturnType<typeof clientProvider>;

/** An OAuth client's memory, in the shape that both SDK versions ask for. */
export function clientProvider(clientName: string) {
  let information: Information | undefined;
  let tokens: Tokens | undefined;
  let verifier = '';
  let authorization: URL | undefined;
  let discovery: unknown;
  const state = randomUUID();
  return {
    redirectUrl: 'http://localhost:43210/callback',
    clientMetadata: {
      client_name: clientName,
      redirect_uris: ['http://localhost:43210/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    state: () => state,
    clientInformation: () => information,
    saveClientInformation: (saved: Information) => {
      information = saved;
    },
    tokens: () => tokens,
    saveTokens: (saved: Tokens) => {
      tokens = saved;
    },
    discoveryState: () => discovery,
    saveDiscoveryState: (saved: unknown) => {
      discovery = saved;
    },
    redirectToAuthorization: (url: URL) => {
      authorization = url;
    },
    saveCodeVerifier: (saved: string) => {
      verifier = saved;
    },
    codeVerifier: () => verifier,

    forgetTokens: () => {
      tokens = undefined;
    },
    pendingAuthorization: () => authorization,
    takeAuthorization: () => {
      if (!authorization) throw new Error('the client was not sent to sign in');
      return authorization;
    },
    requireTokens: () => {
      if (!tokens) throw new Error('the client has no tokens');
      return tokens;
    },
    requireClientId: () => {
      if (!information) throw new Error('the client is not registered');
      return information.client_id;
    },
  };
}
