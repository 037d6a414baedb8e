import { hasSignIn } from '../config.ts';
import type { Context } from '../http/endpoint.ts';
import { annotate } from '../log.ts';
import { allScopes } from '../scope-rules.ts';
import { challenge } from './challenge.ts';
import type { Grant } from './grant.ts';
import { openOwnToken } from './own-token.ts';
import { type Principal, principalHash } from './principal.ts';
import { isJwt, type Verification } from './verification.ts';

/** Longest token looked at, in characters: ours and Auth0's stay below half of it. */
const maxTokenLength = 8192;

/** Everyone's identity if `OAUTH_ENABLED=false`; it may use every tool. */
const anonymous: Principal = {
  issuer: 'none',
  subject: 'anonymous',
  clientId: 'anonymous',
  scopes: allScopes,
  expiresAt: Number.MAX_SAFE_INTEGER,
};

/** Who sent a request, as far as the token itself proves it, and the rest of the proof. */
export type Authenticated = {
  principal: Principal;
  principalHash: string;
  /** What the token carries, if it is one of ours. It holds Auth0's refresh token: no tool may see it. */
  grant: Grant | undefined;
  /**
   * The principal with what may be used now; or the answer to refuse the request with. Must be awaited before anything is
   * done for the request. May share its round trip to the store with other reads of the turn (`inBatch`).
   *
   * @throws OAuthError `temporarily_unavailable` (503) if the token cannot be checked: a 401 would make clients sign in again.
   */
  confirm(): Promise<Principal | Response>;
};

/**
 * Who sent this request, by its bearer token (RFC 6750, header only); or the answer to refuse it with: 401 with a
 * challenge. A token that does not open costs neither store nor tenant anything.
 *
 * @throws OAuthError `temporarily_unavailable` (503) if the token cannot be checked.
 */
export async function authenticate(request: Request, context: Context): Promise<Authenticated | Response> {
  const { config } = context;
  if (!hasSignIn(config)) return authenticatedAs(context, anonymous, async () => ({ value: anonymous }));

  const token = bearerToken(request);
  if (token === undefined) return unauthorized(context);
  if (token.length > maxTokenLength) return unauthorized(context, 'The token is too long');
  if (isJwt(token)) {
    const { verifyTenantToken } = await import('./tenant-token.ts');
    const verified = await verifyTenantToken(token, { ...context, config });
    const principal = acceptedOr401(context, verified);
    return principal instanceof Response
      ? principal
      : authenticatedAs(context, principal, async () => verified);
  }
  const opened = openOwnToken(token, { ...context, config });
  if ('failure' in opened) return unauthorized(context, opened.failure);
  const { principal, grant, confirm } = opened.value;
  return authenticatedAs(context, principal, confirm, grant);
}

function authenticatedAs(
  context: Context,
  principal: Principal,
  confirm: () => Promise<Verification>,
  grant?: Grant,
): Authenticated {
  const hash = principalHash(context.config, principal);
  const { clientId, organization } = principal;
  annotate({ client: clientId, principal: hash, ...(organization && { organization: organization.id }) });
  return {
    principal,
    principalHash: hash,
    grant,
    confirm: async () => acceptedOr401(context, await confirm()),
  };
}

function acceptedOr401(context: Context, verified: Verification): Principal | Response {
  if ('value' in verified) return verified.value;
  if (typeof verified.failure !== 'string') throw verified.failure;
  return unauthorized(context, verified.failure);
}

/** The token of an `Authorization: Bearer` header; undefined without one, whatever else was sent. */
function bearerToken(request: Request): string | undefined {
  return /^bearer +([\w.~+/=-]+) *$/i.exec(request.headers.get('authorization') ?? '')?.[1];
}

function unauthorized(context: Context, refused?: string): Response {
  annotate({ outcome: refused ? 'invalid_token' : 'no_token', reason: refused });
  const error = refused ? ({ error: 'invalid_token', description: refused } as const) : {};
  return Response.json(
    {
      error: 'invalid_token',
      error_description: refused ?? 'Sign in first: see the WWW-Authenticate header',
    },
    {
      status: 401,
      headers: { 'www-authenticate': challenge(context, error), 'cache-control': 'no-store' },
    },
  );
}
