import { waitUntil } from '@vercel/functions';
import { isJwt } from '../../access-token/jwt.ts';
import { rememberIssuedToken } from '../../access-token/opaque.ts';
import { rememberProfile } from '../../access-token/profile.ts';
import type { Context } from '../../http/endpoint.ts';
import { OAuthError } from '../../http/errors.ts';
import { errorFields, log } from '../../log.ts';
import { allScopes, type GrantableScope, isGrantable, isScope } from '../../scope-rules.ts';
import { oauthConfig } from '../enabled.ts';
import { type RefreshGrant, sealRefreshToken } from './refresh-token.ts';
import type { UpstreamTokens } from './upstream.ts';

/** A token response (RFC 6749 section 5.1); what is not named here does not leave the server, ID tokens above all. */
export type TokenResponse = {
  access_token: string;
  token_type: 'Bearer';
  expires_in: number;
  scope: string;
  refresh_token?: string;
};

/**
 * The tenant's tokens as ours: an opaque access token is recorded, so that it will be accepted; the refresh
 * token is sealed together with what it is good for.
 *
 * @param grant whose tokens these are, with every scope of the grant.
 * @param asked the scopes asked for this time.
 * @throws OAuthError `invalid_scope` when the tenant granted none of them; `temporarily_unavailable` when an
 * opaque token cannot be recorded.
 */
export async function tokenResponse(
  context: Context,
  tokens: UpstreamTokens,
  grant: Omit<RefreshGrant, 'upstream'>,
  asked: GrantableScope[],
): Promise<TokenResponse> {
  const { config } = context;
  const scopes = tokens.scope === undefined ? asked : tokens.scope.split(' ').filter(isGrantable);
  requireSome(scopes);
  if (!isJwt(tokens.access_token)) await recordOpaque(context, tokens, grant.application, scopes);
  if (tokens.id_token) keepProfile(context, tokens.id_token);
  const response: TokenResponse = {
    access_token: tokens.access_token,
    token_type: 'Bearer',
    expires_in: tokens.expires_in,
    scope: scopes.join(' '),
  };
  if (tokens.refresh_token)
    response.refresh_token = await sealRefreshToken(config, { ...grant, upstream: tokens.refresh_token });
  return response;
}

/** A token without any scope of ours would open no tool, and nobody would know why. */
function requireSome(scopes: GrantableScope[]): void {
  if (scopes.some(isScope)) return;
  log('error', 'the tenant granted no scope of this server', {
    fix: `Define ${allScopes.join(', ')} as permissions of the API in Auth0, or run setup; with RBAC, give users a role.`,
  });
  throw new OAuthError('invalid_scope', 'The identity provider granted none of the requested scopes.');
}

async function recordOpaque(
  { config }: Context,
  tokens: UpstreamTokens,
  application: string,
  scopes: GrantableScope[],
): Promise<void> {
  const expiresAt = Math.floor(Date.now() / 1000) + tokens.expires_in;
  try {
    await rememberIssuedToken(config, tokens.access_token, { clientId: application, scopes, expiresAt });
  } catch (cause) {
    throw new OAuthError('temporarily_unavailable', 'The token cannot be recorded right now.', {
      retryAfter: 5,
      cause,
    });
  }
}

function keepProfile(context: Context, idToken: string): void {
  const kept = rememberProfile(context.config, oauthConfig(context), idToken);
  waitUntil(kept.catch((error) => log('warn', 'profile not kept', errorFields(error))));
}
