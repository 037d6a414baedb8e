import { createHash } from 'node:crypto';
import type { Config } from '../../config.ts';
import type { Context } from '../../http/endpoint.ts';
import { OAuthError } from '../../http/errors.ts';
import type { Parameters } from '../../http/parameters.ts';
import { annotate } from '../../log.ts';
import { lockKey } from '../../store/keys.ts';
import { acquire } from '../../store/lock.ts';
import { type Code, openCode } from '../authorization/authorization-code.ts';
import type { Client } from '../client/client.ts';
import { oauthConfig } from '../enabled.ts';
import { requireVerifier } from '../pkce.ts';
import { type TokenResponse, tokenResponse } from './response.ts';
import { redeem } from './upstream.ts';

/** Milliseconds that a redemption may take at the tenant. */
const redemptionTime = 10_000;

/**
 * The authorization code grant (RFC 6749 section 4.1.3, RFC 7636). Everything is checked here before Auth0's
 * code is touched, so that whoever has stolen a code cannot even spoil it for its owner; that it works only
 * once is Auth0's doing.
 *
 * @throws OAuthError
 */
export async function redeemCode(
  context: Context,
  client: Client,
  parameters: Parameters,
): Promise<TokenResponse> {
  const presented = parameters.get('code');
  const verifier = parameters.get('code_verifier');
  if (presented === undefined) throw new OAuthError('invalid_request', 'code is missing.');
  if (verifier === undefined) throw new OAuthError('invalid_request', 'code_verifier is missing.');

  const opened = await openCode(context.config, presented);
  if ('failure' in opened)
    throw new OAuthError(
      'invalid_grant',
      opened.failure === 'expired' ? 'The code has expired.' : 'The code is not valid.',
    );
  const code = opened.value;
  annotate({ signIn: code.signIn });
  requireOwner(code, client);
  requireRedirectUri(code, parameters.get('redirect_uri'));
  requireVerifier(code.codeChallenge, verifier);

  const { signIn, clientId, application, scopes } = code;
  const tokens = await alone(context.config, code, () =>
    redeem(oauthConfig(context), {
      grant_type: 'authorization_code',
      client_id: application,
      code: code.upstream,
      redirect_uri: code.callback,
      code_verifier: verifier,
    }),
  );
  return tokenResponse(context, tokens, { signIn, clientId, application, scopes }, scopes);
}

/**
 * Refuses a second redemption while the first is under way: reaching Auth0 side by side, they may spoil each
 * other. One that comes later does reach it, and Auth0 then ends the tokens of the first (RFC 6749 section 10.5).
 */
async function alone<T>(config: Config, { upstream }: Code, work: () => Promise<T>): Promise<T> {
  const key = lockKey(`code:${createHash('sha256').update(upstream).digest('base64url')}`);
  const lock = await acquire(config, key, { life: redemptionTime, deadline: Date.now() });
  if (lock.state === 'busy') throw new OAuthError('invalid_grant', 'The code is being redeemed already.');
  try {
    return await work();
  } finally {
    if (lock.state === 'held') await lock.free();
  }
}

function requireOwner({ clientId }: Code, client: Client): void {
  if (clientId !== client.id) throw new OAuthError('invalid_grant', 'The code was given to another client.');
}

/** RFC 6749 section 4.1.3: required, and identical, when the authorization request named it. */
function requireRedirectUri({ redirectUri, redirectUriSent }: Code, presented: string | undefined): void {
  if (presented === undefined ? redirectUriSent : presented !== redirectUri)
    throw new OAuthError('invalid_grant', 'redirect_uri differs from the authorization request.');
}
