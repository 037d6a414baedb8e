import { hasSignIn } from '../config.ts';
import type { Context, SignInContext } from '../http/endpoint.ts';
import { annotate } from '../log.ts';
import { allScopes } from '../scope-rules.ts';
import { challenge } from './challenge.ts';
import { verifyOwnToken } from './own-token.ts';
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

/**
 * Who sent this request, by its bearer token (RFC 6750, header only); or the answer to refuse it with: 401 with a
 * challenge. A token that does not open costs neither store nor tenant anything.
 *
 * @throws OAuthError `temporarily_unavailable` (503) if the token cannot be checked: a 401 would make clients sign in again.
 */
export async function authenticate(request: Request, context: Context): Promise<Principal | Response> {
  const { config } = context;
  if (!hasSignIn(config)) return anonymous;

  const token = bearerToken(request);
  if (token === undefined) return unauthorized(context);
  const verified = await verify(token, { ...context, config });
  if ('failure' in verified) {
    if (typeof verified.failure !== 'string') throw verified.failure;
    return unauthorized(context, verified.failure);
  }
  const principal = verified.value;
  annotate({ client: principal.clientId, principal: principalHash(config, principal) });
  return principal;
}

async function verify(token: string, context: SignInContext): Promise<Verification> {
  if (token.length > maxTokenLength) return { failure: 'The token is too long' };
  if (!isJwt(token)) return verifyOwnToken(token, context);
  const { verifyTenantToken } = await import('./tenant-token.ts');
  return verifyTenantToken(token, context);
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
