import {
  auth,
  type OAuthClientProvider,
  type StoredOAuthClientInformation,
  type StoredOAuthTokens,
} from '@modelcontextprotocol/client';

const remembered = <T>(key: string): T | undefined => {
  const text = sessionStorage.getItem(key);
  return text === null ? undefined : JSON.parse(text);
};
const remember = (key: string) => (value: unknown) => sessionStorage.setItem(key, JSON.stringify(value));

/** This page as an OAuth client. What it knows lasts as long as the browser's tab. */
export const provider: OAuthClientProvider = {
  redirectUrl: `${location.origin}/`,
  clientMetadata: {
    client_name: 'Views on this machine',
    redirect_uris: [`${location.origin}/`],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  },
  clientInformation: () => remembered<StoredOAuthClientInformation>('client'),
  saveClientInformation: remember('client'),
  tokens: () => remembered<StoredOAuthTokens>('tokens'),
  saveTokens: remember('tokens'),
  discoveryState: () => remembered('discovery'),
  saveDiscoveryState: remember('discovery'),
  codeVerifier: () => remembered<string>('verifier') ?? '',
  saveCodeVerifier: remember('verifier'),
  state: () => {
    const state = crypto.randomUUID();
    remember('state')(state);
    return state;
  },
  redirectToAuthorization: (url) => location.assign(url),
};

export const isSignedIn = () => remembered('tokens') !== undefined;

/** Sends the user to sign in. The page is left. */
export async function signIn(serverUrl: string): Promise<void> {
  await auth(provider, { serverUrl });
}

/** Finishes a sign-in, if the user has just come back from one. */
export async function finishSignIn(serverUrl: string): Promise<void> {
  const callback = new URL(location.href).searchParams;
  const state = callback.get('state');
  if (state === null) return;
  history.replaceState(null, '', '/');
  if (state !== remembered('state')) throw new Error('This sign-in was not started here');
  const code = callback.get('code');
  if (code === null) throw new Error(callback.get('error_description') ?? 'You were not signed in');
  const iss = callback.get('iss');
  await auth(provider, { serverUrl, authorizationCode: code, ...(iss !== null && { iss }) });
}
