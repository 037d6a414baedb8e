import type { OAuthConfig } from '../config.ts';
import { OAuthError } from '../http/errors.ts';
import { log } from '../log.ts';
import { type Output, type Schema, z } from '../schema.ts';
import { TenantError } from './errors.ts';
import { retryAfterOf } from './rate-limit.ts';
import { askTenant, type TenantRequest } from './request.ts';

const path = '/me/v1/connected-accounts';
/** Accounts of a user that are listed. The API's pages have 20. */
const maxPages = 3;

const account = z.object({
  id: z.string().min(1),
  connection: z.string().min(1),
  scopes: z.array(z.string()).default([]),
  created_at: z.string(),
});

/** An account of another company that a user has connected. The API does not say what the account is called. */
export type ConnectedAccount = z.infer<typeof account>;

const accounts = z.object({ accounts: z.array(account), next: z.string().nullish() });

const started = z.object({
  auth_session: z.string().min(1),
  connect_uri: z.string().url(),
  connect_params: z.object({ ticket: z.string().min(1) }),
});

const refusal = z.object({ title: z.string().optional(), detail: z.string().optional() });

/**
 * Starts to connect an account: where to send the user's browser, and what must be shown at the end with the code that it
 * brings back. All shapes are those of the API's OpenAPI document (auth0/docs-v2, `main/docs/oas/myaccount`).
 *
 * @param bearer the user's token for the My Account API.
 * @throws OAuthError `access_denied` if the token is no longer accepted; TenantError.
 */
export async function startConnecting(
  oauth: OAuthConfig,
  bearer: string,
  request: {
    connection: string;
    scopes: string[];
    redirectUri: string;
    state: string;
    codeChallenge: string;
  },
): Promise<{ authSession: string; url: string }> {
  const json = {
    connection: request.connection,
    scopes: request.scopes,
    redirect_uri: request.redirectUri,
    state: request.state,
    code_challenge: request.codeChallenge,
    code_challenge_method: 'S256',
  };
  const { auth_session, connect_uri, connect_params } = await ask(
    oauth,
    { method: 'POST', path: `${path}/connect`, bearer, json },
    started,
  );
  const url = new URL(connect_uri);
  url.searchParams.set('ticket', connect_params.ticket);
  return { authSession: auth_session, url: url.href };
}

/**
 * Ends what `startConnecting` began: the account is connected.
 *
 * @throws OAuthError `access_denied` if the code is not that of this user, application and attempt; TenantError.
 */
export function completeConnecting(
  oauth: OAuthConfig,
  bearer: string,
  answer: { authSession: string; connectCode: string; redirectUri: string; verifier: string },
): Promise<ConnectedAccount> {
  const json = {
    auth_session: answer.authSession,
    connect_code: answer.connectCode,
    redirect_uri: answer.redirectUri,
    code_verifier: answer.verifier,
  };
  const request = { method: 'POST', path: `${path}/complete`, bearer, json } as const;
  return ask(oauth, request, account, [400, 403, 409]);
}

/** The user's connected accounts. Throws OAuthError, TenantError. */
export async function listConnectedAccounts(oauth: OAuthConfig, bearer: string): Promise<ConnectedAccount[]> {
  const found: ConnectedAccount[] = [];
  let from: string | null | undefined;
  for (let page = 0; page < maxPages; page++) {
    const query: Record<string, string> = from ? { from } : {};
    const { accounts: some, next } = await ask(
      oauth,
      { method: 'GET', path: `${path}/accounts`, query, bearer },
      accounts,
    );
    found.push(...some);
    from = next;
    if (!from) break;
  }
  return found;
}

/** Ends a connected account; the tenant then forgets the provider's tokens. Throws OAuthError, TenantError. */
export async function disconnectAccount(oauth: OAuthConfig, bearer: string, id: string): Promise<void> {
  const target = `${path}/accounts/${encodeURIComponent(id)}`;
  await ask(oauth, { method: 'DELETE', path: target, bearer }, z.unknown());
}

async function ask<S extends Schema>(
  oauth: OAuthConfig,
  request: TenantRequest,
  schema: S,
  refusals: number[] = [],
): Promise<Output<S>> {
  const { status, headers, body } = await askTenant(oauth, request);
  // What follows `accounts/` is an account's ID.
  const what = `${request.method} ${request.path.split('/').slice(0, 5).join('/')}`;
  if (status < 300) {
    const parsed = schema.safeParse(body);
    if (parsed.success) return parsed.data;
    throw new TenantError('unavailable', `${what} was answered in an unknown shape`);
  }
  const { title, detail } = refusal.safeParse(body).data ?? {};
  const cause = new Error(`${what} answered ${status}`);
  if (status === 401)
    throw new OAuthError('access_denied', 'Your sign-in to this page has expired. Sign in again.', { cause });
  if (status === 429)
    throw new TenantError('rate-limited', cause.message, { retryAfterSeconds: retryAfterOf(headers) });
  if (refusals.includes(status))
    throw new OAuthError('access_denied', 'The identity provider did not accept the account.', { cause });
  log('error', 'the My Account API refused', { call: what, status, title, detail: detail?.slice(0, 200) });
  throw new TenantError(status === 404 ? 'not-found' : 'invalid', cause.message);
}
