import { createHash, randomBytes } from 'node:crypto';
import { type Examination, type ExaminedClient, keepSecret } from './examination.ts';

export type AuthorizationRequest = {
  url: string;
  state: string;
  /** The PKCE code verifier (RFC 7636). */
  verifier: string;
  redirectUri: string;
  client: ExaminedClient;
};

/** An authorization request as Claude sends it. Undefined if the metadata has no authorization endpoint. */
export function authorizationRequest(
  examination: Examination,
  client: ExaminedClient,
  overrides: Record<string, string> = {},
): AuthorizationRequest | undefined {
  const endpoint = examination.server?.authorizationEndpoint;
  if (!endpoint) return undefined;
  const [state, verifier] = [randomBytes(24).toString('base64url'), randomBytes(32).toString('base64url')];
  keepSecret(examination, state, verifier);
  const { redirectUri } = client;
  const url = new URL(endpoint);
  const parameters = {
    response_type: 'code',
    client_id: client.id,
    redirect_uri: redirectUri,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    state,
    scope: scopes(examination),
    resource: examination.resource,
    ...overrides,
  };
  for (const [name, value] of Object.entries(parameters)) if (value) url.searchParams.set(name, value);
  return { url: url.href, state, verifier, redirectUri, client };
}

/** The challenge's scopes, or the resource metadata's. Adds `offline_access` if the server lists it. */
function scopes({ challenge, resourceScopes = [], server }: Examination): string {
  const asked = challenge?.get('scope')?.split(' ') ?? resourceScopes;
  const offline = server?.scopes.includes('offline_access') ? ['offline_access'] : [];
  return [...new Set([...asked, ...offline])].join(' ');
}
