import { refusedOrganization } from '../../access-token/address.ts';
import type { Grant } from '../../access-token/grant.ts';
import { readStanding } from '../../access-token/standing.ts';
import { askTenantAbout, currentUpstream } from '../../access-token/vouch.ts';
import type { SignInContext } from '../../http/endpoint.ts';
import { OAuthError } from '../../http/errors.ts';
import { annotate } from '../../log.ts';
import { realmOf } from '../../store/keys.ts';
import type { FoundClient } from '../client/application/record.ts';
import { narrowedScopes } from './narrowed-scopes.ts';
import type { EarlierRefreshToken } from './refresh-token.ts';
import { type TokenResponse, tokenResponse } from './response.ts';

/**
 * Turns a refresh token that was issued before access tokens were our own into a pair of today's. Its user is not in it:
 * the tenant, which has to be asked anyway, says who that is. The Auth0 refresh token inside may still be a rotating one;
 * the application's setting is changed first, so that the exchange returns one that stays.
 *
 * @throws OAuthError `invalid_grant`, `temporarily_unavailable`
 */
export async function redeemEarlier(
  context: SignInContext,
  client: FoundClient,
  token: EarlierRefreshToken,
  scope: string | undefined,
): Promise<TokenResponse> {
  const { config, origin } = context;
  annotate({ signIn: token.signIn, refresh: 'earlier token' });
  if (token.clientId !== client.id)
    throw new OAuthError('invalid_grant', 'The refresh token was issued to another client.');
  // It was issued before there were organizations.
  const refused = refusedOrganization(context, undefined, undefined);
  if (refused) throw new OAuthError('invalid_grant', `${refused}. Sign in again.`);
  const asked = narrowedScopes(token.scopes, scope);
  // Loaded on first use: few clients still have such tokens.
  const { stopRotation } = await import('../client/application/application.ts');
  await stopRotation(config, client);

  const nowSeconds = Math.floor(Date.now() / 1000);
  const unconfirmed: Grant = {
    id: token.signIn,
    realm: realmOf(config),
    subject: '',
    clientId: token.clientId,
    application: token.application,
    scopes: token.scopes,
    origin,
    // Not in the token, but certainly before an operator could sign users out: that ends the connection.
    signedInAtSeconds: 0,
    vouchedAtSeconds: 0,
    upstream: token.upstream,
    upstreamExpiresAtSeconds: nowSeconds,
  };
  const outcome = await askTenantAbout(config, unconfirmed);
  if ('failure' in outcome) {
    if (outcome.failure === 'refused') throw over();
    throw new OAuthError('temporarily_unavailable', 'The identity provider does not answer.', {
      retryAfterSeconds: 10,
    });
  }
  const { subject, scopes, vouchedAtSeconds } = outcome.value;
  const upstream = currentUpstream(config, unconfirmed, outcome.value);
  if ((await readStanding(config, { ...unconfirmed, subject })).ended) throw over();
  const grant: Grant = { ...unconfirmed, subject, signedInAtSeconds: nowSeconds, vouchedAtSeconds, upstream };
  return tokenResponse(
    config,
    grant,
    asked.filter((each) => scopes.includes(each)),
    0,
  );
}

const over = () => new OAuthError('invalid_grant', 'The connection was ended. Sign in again.');
