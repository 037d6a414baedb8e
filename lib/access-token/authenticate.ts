import type { Context } from '../http/endpoint.ts';
import { OAuthError } from '../http/errors.ts';
import { annotate, errorFields, log } from '../log.ts';
import { allScopes } from '../scope-rules.ts';
import { limit } from '../store/rate-limit.ts';
import { challenge } from './challenge.ts';
import { isJwt, verifyJwt } from './jwt.ts';
import { verifyOpaque } from './opaque.ts';
import { type Principal, principalHash } from './principal.ts';

/** Longest token looked at, in characters: Auth0's own stay below half of it. */
const longestToken = 8192;

export type Authenticated = { principal: Principal; token: string | undefined };

/** Everyone's identity when `OAUTH_ENABLED=false`; it may use every tool. */
const anonymous: Principal = {
  issuer: 'none',
  subject: 'anonymous',
  clientId: 'anonymous',
  scopes: allScopes,
  audience: [],
  expiresAt: Number.MAX_SAFE_INTEGER,
};

/**
 * Who sent this request, by its bearer token (RFC 6750, header only); or the answer to refuse it with: 401
 * and a challenge, or 503 when the token cannot be checked, since a 401 would make clients sign in again.
 *
 * @throws OAuthError 429 for an address that keeps presenting bad tokens.
 */
export async function authenticate(request: Request, context: Context): Promise<Authenticated | Response> {
  const { config } = context;
  if (!config.oauth) return { principal: anonymous, token: undefined };

  const token = bearerToken(request);
  if (token === undefined) return unauthorized(context);

  const verified =
    token.length > longestToken
      ? { refused: 'The token is too long' }
      : isJwt(token)
        ? await verifyJwt(token, config.oauth)
        : await verifyOpaque(token, config, config.oauth);

  if ('principal' in verified) {
    annotate({
      client: verified.principal.clientId,
      principal: principalHash(config, verified.principal),
    });
    return { principal: verified.principal, token };
  }
  if ('unavailable' in verified) {
    log('error', 'token not checked', { why: verified.unavailable, ...errorFields(verified.cause) });
    const { unavailable, retryAfter } = verified;
    return new OAuthError('temporarily_unavailable', unavailable, { retryAfter }).toResponse();
  }
  await limit(context, request, 'bearer');
  return unauthorized(context, verified.refused);
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
