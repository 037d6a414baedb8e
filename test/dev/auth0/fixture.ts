import { createHash, randomBytes } from 'node:crypto';
import { ManagementClient } from 'auth0';
import { startTenant, type Tenant, type TenantOptions } from '../../../dev/auth0/tenant.ts';
import { openBrowser, type Visit } from './browser.ts';

export const api = 'https://mcp.example/mcp';
export const callback = 'http://localhost:1/callback';
export const demo = { username: 'demo@example.com', password: 'demo' };
export const admin = { username: 'admin@example.com', password: 'admin' };
export const managementClient = { id: 'ManagementClient0000000000000000', secret: 'management-secret' };

export function newTenant(options: Partial<TenantOptions> = {}): Promise<Tenant> {
  return startTenant({ port: 0, managementClient, apiIdentifier: api, ...options });
}

export type Json = Record<string, unknown>;
export type Answer = { status: number; headers: Headers; body: Json };

async function answer(response: Response): Promise<Answer> {
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : {};
  return { status: response.status, headers: response.headers, body: json };
}

/** `POST` of a form, as OAuth clients send it. */
export async function postForm(
  tenant: Tenant,
  path: string,
  params: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const body = new URLSearchParams(params);
  return answer(await fetch(tenant.origin + path, { method: 'POST', body, headers }));
}

export async function managementToken(tenant: Tenant, params: Record<string, string> = {}): Promise<string> {
  const { body } = await postForm(tenant, '/oauth/token', {
    grant_type: 'client_credentials',
    client_id: managementClient.id,
    client_secret: managementClient.secret,
    audience: `${tenant.issuer}api/v2/`,
    ...params,
  });
  return String(body.access_token);
}

/** A Management API call, with a new token unless one is given. */
export async function manage(
  tenant: Tenant,
  method: string,
  path: string,
  body?: unknown,
  token?: string,
): Promise<Answer> {
  const authorization = `Bearer ${token ?? (await managementToken(tenant))}`;
  const init: RequestInit = { method, headers: { authorization, 'content-type': 'application/json' } };
  if (body !== undefined) init.body = JSON.stringify(body);
  return answer(await fetch(`${tenant.origin}/api/v2${path}`, init));
}

export const spa = {
  name: 'Test client',
  app_type: 'spa',
  is_first_party: true,
  oidc_conformant: true,
  token_endpoint_auth_method: 'none',
  callbacks: [callback],
  grant_types: ['authorization_code', 'refresh_token'],
  jwt_configuration: { alg: 'RS256' },
  refresh_token: {
    rotation_type: 'rotating',
    expiration_type: 'expiring',
    leeway: 30,
    token_lifetime: 2592000,
    idle_token_lifetime: 1296000,
    infinite_token_lifetime: false,
    infinite_idle_token_lifetime: false,
  },
};

/** An application like those that the facade creates, with the connections enabled. */
export async function newClient(
  tenant: Tenant,
  properties: Json = {},
  connections = ['Username-Password-Authentication', 'google-oauth2'],
): Promise<string> {
  const created = await manage(tenant, 'POST', '/clients', { ...spa, ...properties });
  const clientId = String(created.body.client_id);
  for (const name of connections) {
    const found = await manage(tenant, 'GET', `/connections?name=${name}&take=1`);
    const [connection] = found.body.connections as { id: string }[];
    await manage(tenant, 'PATCH', `/connections/${connection?.id}/clients`, [
      { client_id: clientId, status: true },
    ]);
  }
  return clientId;
}

export const verifier = randomBytes(32).toString('base64url');
const challenge = createHash('sha256').update(verifier).digest('base64url');

/** An authorization URL; `undefined` leaves a parameter out. */
export function authorizeUrl(
  tenant: Tenant,
  clientId: string,
  params: Record<string, string | undefined> = {},
): URL {
  const url = new URL('/authorize', tenant.origin);
  const all = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: callback,
    state: 'client state',
    scope: 'mcp:read offline_access',
    audience: api,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...params,
  };
  for (const [name, value] of Object.entries(all)) if (value !== undefined) url.searchParams.set(name, value);
  return url;
}

/** Signs in through the login page and returns the redirect to the client. */
export async function signIn(
  tenant: Tenant,
  clientId: string,
  params: Record<string, string | undefined> = {},
  browser = openBrowser(tenant.origin),
  user: Record<string, string> = demo,
): Promise<Visit> {
  const page = await browser.open(authorizeUrl(tenant, clientId, params));
  return page.left ? page : browser.submit(page, user);
}

/** Exchanges the code of a redirect. */
export function exchange(
  tenant: Tenant,
  clientId: string,
  visit: Visit,
  params: Record<string, string> = {},
): Promise<Answer> {
  return postForm(tenant, '/oauth/token', {
    grant_type: 'authorization_code',
    client_id: clientId,
    code: visit.left?.searchParams.get('code') ?? '',
    redirect_uri: callback,
    code_verifier: verifier,
    ...params,
  });
}

/** Signs in and exchanges the code. */
export async function tokens(
  tenant: Tenant,
  clientId: string,
  params: Record<string, string | undefined> = {},
  user: Record<string, string> = demo,
): Promise<Json> {
  const visit = await signIn(tenant, clientId, params, undefined, user);
  return (await exchange(tenant, clientId, visit)).body;
}

/** Exchanges a refresh token. */
export function refresh(
  tenant: Tenant,
  clientId: string,
  refreshToken: unknown,
  params: Record<string, string> = {},
): Promise<Answer> {
  return postForm(tenant, '/oauth/token', {
    grant_type: 'refresh_token',
    client_id: clientId,
    refresh_token: String(refreshToken),
    ...params,
  });
}

/** What the tenant answers for a refresh token that cannot be exchanged. */
export const refusedRefresh = {
  error: 'invalid_grant',
  error_description: 'Unknown or invalid refresh token.',
};

/** Auth0's own Management SDK. It insists on https, so its requests are rewritten to http. */
export function managementSdk(tenant: Tenant): ManagementClient {
  return new ManagementClient({
    domain: new URL(tenant.origin).host,
    clientId: managementClient.id,
    clientSecret: managementClient.secret,
    audience: `${tenant.issuer}api/v2/`,
    maxRetries: 0,
    fetch: (input, init) => fetch(String(input).replace(/^https:/, 'http:'), init),
  });
}

/** Every item of a list that the SDK pages through. */
export async function all<T>(page: Promise<AsyncIterable<T>>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of await page) items.push(item);
  return items;
}
