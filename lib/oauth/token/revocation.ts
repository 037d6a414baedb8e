import { isJwt } from '../../access-token/jwt.ts';
import { forgetIssuedToken, issuedTo } from '../../access-token/opaque.ts';
import { TenantError, tenantRefusal } from '../../auth0/errors.ts';
import { retryAfterOf } from '../../auth0/rate-limit.ts';
import { askTenant, deadlineIn } from '../../auth0/request.ts';
import type { OAuthConfig } from '../../config.ts';
import type { Context } from '../../http/endpoint.ts';
import { OAuthError } from '../../http/errors.ts';
import { bodyParameters } from '../../http/parameters.ts';
import { annotate } from '../../log.ts';
import { limit } from '../../store/rate-limit.ts';
import { knownApplication } from '../client/application/application.ts';
import { authenticateClient } from '../client/authentication.ts';
import type { Client } from '../client/client.ts';
import { oauthConfig } from '../enabled.ts';
import { forgetAnswers } from './refresh-replay.ts';
import { openRefreshToken, type RefreshGrant } from './refresh-token.ts';

/**
 * `POST /oauth/revoke` (RFC 7009). A token that is not known, or not any more, counts as revoked. So does a JWT
 * access token, which nothing at Auth0 can end before its time: clients that sign out could do nothing with
 * an error.
 */
export async function revoke(request: Request, context: Context): Promise<Response> {
  const oauth = oauthConfig(context);
  await limit(context, request, 'token');
  const parameters = await bodyParameters(request);
  const client = await authenticateClient(request, parameters, context);
  annotate({ client: client.id });
  const token = parameters.get('token');
  if (token === undefined) throw new OAuthError('invalid_request', 'token is missing.');

  const opened = await openRefreshToken(context.config, token);
  if ('value' in opened) {
    if (opened.value.clientId !== client.id)
      throw new OAuthError('invalid_grant', 'The token was given to another client.');
    await revokeAtTenant(oauth, opened.value);
    await forgetAnswers(context.config, opened.value.signIn);
    annotate({ revoked: 'refresh token' });
  } else if (!isJwt(token)) {
    await forgetOpaque(context, client, token);
  }
  return new Response(null, { status: 200, headers: { 'cache-control': 'no-store' } });
}

/** Milliseconds for everything, a repetition included. */
const revokingTime = 8000;

/** Ends a refresh token and its whole family. */
async function revokeAtTenant(oauth: OAuthConfig, { application, upstream }: RefreshGrant): Promise<void> {
  const form = { client_id: application, token: upstream };
  const deadline = deadlineIn(revokingTime);
  const ask = () => askTenant(oauth, { method: 'POST', path: '/oauth/revoke', form, deadline });
  try {
    const { status, headers } = await ask().catch(ask);
    if (status === 429)
      throw new TenantError('rate-limited', '/oauth/revoke answered 429', {
        retryAfterSeconds: retryAfterOf(headers),
      });
    // An application that is gone (401) has taken its tokens along.
    if (status !== 200 && status !== 401)
      throw new TenantError('invalid', `/oauth/revoke answered ${status}`);
  } catch (error) {
    throw tenantRefusal(error);
  }
}

async function forgetOpaque(context: Context, client: Client, token: string): Promise<void> {
  const { config } = context;
  try {
    const application = await issuedTo(config, token);
    if (application === undefined) return;
    if (application !== (await knownApplication(context, client)))
      throw new OAuthError('invalid_grant', 'The token was given to another client.');
    await forgetIssuedToken(config, token);
  } catch (cause) {
    if (cause instanceof OAuthError) throw cause;
    throw new OAuthError('temporarily_unavailable', 'The token cannot be revoked right now.', {
      retryAfterSeconds: 5,
      cause,
    });
  }
}
