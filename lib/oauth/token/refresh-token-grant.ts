import type { Context } from '../../http/endpoint.ts';
import { OAuthError } from '../../http/errors.ts';
import type { Parameters } from '../../http/parameters.ts';
import { type GrantableScope, isScope, offlineAccess, upstreamScope } from '../../scope-rules.ts';
import type { Client } from '../client/client.ts';
import { oauthConfig } from '../enabled.ts';
import { refreshOnce } from './refresh-replay.ts';
import { openRefreshToken, type RefreshGrant } from './refresh-token.ts';
import { type TokenResponse, tokenResponse } from './response.ts';
import { redeem } from './upstream.ts';

/** The refresh token grant (RFC 6749 section 6). Throws an OAuthError; a dead token is `invalid_grant`. */
export async function refresh(
  context: Context,
  client: Client,
  parameters: Parameters,
): Promise<TokenResponse> {
  const presented = parameters.get('refresh_token');
  if (presented === undefined) throw new OAuthError('invalid_request', 'refresh_token is missing.');
  const opened = await openRefreshToken(context.config, presented);
  if ('failure' in opened)
    throw new OAuthError('invalid_grant', 'The refresh token is not valid. Sign in again.');
  const grant = opened.value;
  if (grant.clientId !== client.id)
    throw new OAuthError('invalid_grant', 'The refresh token was given to another client.');
  const narrowed = narrowedScopes(grant, parameters.get('scope'));

  const same = [client.id, grant.upstream, ...(narrowed ?? [])];
  return refreshOnce(context.config, same, grant.signIn, async () => {
    const { signIn, clientId, application, scopes, upstream } = grant;
    const form = { grant_type: 'refresh_token', client_id: application, refresh_token: upstream };
    // Unless `offline_access` is among the fewer scopes, the tenant gives no successor to this token.
    const scope = narrowed && upstreamScope([...new Set<GrantableScope>([...narrowed, offlineAccess])]);
    // Auth0 takes a token's second use within its leeway, so an answer that was lost may be asked for again.
    const tokens = await redeem(
      oauthConfig(context),
      { ...form, ...(scope && { scope }) },
      { repeatable: true },
    );
    return tokenResponse(context, tokens, { signIn, clientId, application, scopes }, narrowed ?? scopes);
  });
}

/** The scopes asked for, when they are fewer than the grant's; undefined asks for all of them. */
function narrowedScopes({ scopes }: RefreshGrant, asked: string | undefined): GrantableScope[] | undefined {
  if (asked === undefined) return undefined;
  const wanted = new Set(asked.split(' ').filter(Boolean));
  const narrowed = scopes.filter((scope) => wanted.delete(scope));
  if (wanted.size > 0)
    throw new OAuthError('invalid_scope', 'A refresh cannot ask for more than was granted.');
  if (!narrowed.some(isScope)) throw new OAuthError('invalid_scope', 'No scope of this server is left.');
  // All of them by name is the same refresh as without naming any, and gets the same answer.
  return narrowed.length < scopes.length ? narrowed : undefined;
}
