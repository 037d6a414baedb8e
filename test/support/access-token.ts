import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Stack } from '../../dev/stack.ts';
import {
  type Grant,
  lifetimeSecondsOf,
  openAccessToken,
  sealAccessToken,
} from '../../lib/access-token/grant.ts';
import { furtherPermissions } from '../../lib/scope-rules.ts';
import { realmOf } from '../../lib/store/keys.ts';
import { openBrowser } from '../dev/auth0/browser.ts';
import { configOf } from './config.ts';
import { manageTenant } from './manage-tenant.ts';

/** What is needed to sign in at the tenant and to seal what it grants. */
export type TenantStack = Pick<Stack, 'tenant' | 'env'>;

export type TokenOptions = {
  /** A user of the tenant; the demo user unless given. */
  user?: { username: string; password: string };
  /** Scopes to ask for, space-separated. */
  scope?: string;
  /** An Auth0 application from `newApplication`; a new one unless given. For an organization, one that allows it. */
  clientId?: string;
  /** The name of an organization to sign in to. */
  organization?: string;
  /** A callback of that application, if it is not one from `newApplication`. */
  redirectUri?: string;
};

export const demo = { username: 'demo@example.com', password: 'demo' };
export const administrator = { username: 'admin@example.com', password: 'admin' };
export const other = { username: 'other@example.com', password: 'other' };

const callback = 'http://localhost:1/callback';

/** Makes an Auth0 application of the kind that the server makes for a client; its id. */
export async function newApplication(stack: TenantStack, settings: object = {}): Promise<string> {
  const manage = await manageTenant(stack);
  const { client_id: clientId } = await manage('POST', 'clients', {
    name: 'Test client',
    app_type: 'spa',
    is_first_party: true,
    oidc_conformant: true,
    token_endpoint_auth_method: 'none',
    callbacks: [callback],
    grant_types: ['authorization_code', 'refresh_token'],
    jwt_configuration: { alg: 'RS256' },
    ...settings,
  });
  const [connection] = await manage('GET', 'connections?name=Username-Password-Authentication');
  await manage('PATCH', `connections/${connection.id}/clients`, [{ client_id: clientId, status: true }]);
  return clientId;
}

/**
 * An access token of ours, as a client would hold it after signing in: the user signs in at the tenant, and the server's
 * own code seals what the tenant granted. So tests of the MCP side do not depend on the authorization endpoints.
 */
export async function accessToken(stack: TenantStack, options: TokenOptions = {}): Promise<string> {
  const { clientId, tokens } = await tenantTokens(stack, options);
  const { organization: name } = options;
  const claims = JSON.parse(Buffer.from(tokens.access_token.split('.')[1] ?? '', 'base64url').toString());
  const config = configOf(stack.env);
  const nowSeconds = Math.floor(Date.now() / 1000);
  const grant: Grant = {
    id: randomUUID(),
    realm: realmOf(config),
    subject: claims.sub,
    clientId,
    application: clientId,
    scopes: (options.scope ?? 'mcp:read mcp:write').split(' '),
    permissions: furtherPermissions(claims.permissions),
    ...(name && { organization: { id: claims.org_id, name }, organizationPath: name }),
    origin: config.serverUrl,
    signedInAtSeconds: nowSeconds,
    vouchedAtSeconds: nowSeconds,
    upstream: tokens.refresh_token,
    upstreamExpiresAtSeconds: claims.exp,
  };
  return sealAccessToken(config, grant, lifetimeSecondsOf(config, grant));
}

/** What an access token of ours carries; no client can read it. */
export function grantIn({ env }: TenantStack, token: string): Grant {
  const opened = openAccessToken(configOf(env), token);
  if ('failure' in opened) throw new Error(`The token is ${opened.failure}`);
  return opened.value.grant;
}

/** The tenant's own tokens for the stack's API, which an application of the tenant may hold but no client of ours. */
export async function tenantTokens(stack: TenantStack, options: TokenOptions = {}) {
  const { user = demo, scope = 'mcp:read mcp:write', redirectUri = callback } = options;
  const organization = stack.tenant.organizations.find(({ name }) => name === options.organization)?.id;
  const settings = organization && { organization_usage: 'allow' };
  const clientId = options.clientId ?? (await newApplication(stack, settings || {}));
  const verifier = randomBytes(32).toString('base64url');
  const url = new URL('/authorize', stack.tenant.origin);
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope,
    audience: stack.env.SERVER_URL ?? '',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...(organization && { organization }),
  }).toString();
  const browser = openBrowser(stack.tenant.origin);
  const page = await browser.open(url);
  const { left } = page.left ? page : await browser.submit(page, user);
  const code = left?.searchParams.get('code');
  if (!code) throw new Error(`No code: ${left?.href ?? 'the sign-in did not finish'}`);
  const tokens = await postForm(`${stack.tenant.origin}/oauth/token`, {
    grant_type: 'authorization_code',
    client_id: clientId,
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  });
  return { clientId, tokens };
}

async function postForm(
  url: string,
  form: Record<string, string>,
): Promise<{ access_token: string; refresh_token?: string; id_token?: string; expires_in: number }> {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(form) });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return response.json();
}
