import { blockedAtSeconds } from '../../access-token/blocked-client.ts';
import type { SignInConfig } from '../../config.ts';
import type { SignInContext } from '../../http/endpoint.ts';
import { OAuthError } from '../../http/errors.ts';
import { queryParameter } from '../../http/parameters.ts';
import { annotate, errorFields, log } from '../../log.ts';
import { limit } from '../../store/rate-limit.ts';
import type { FoundClient } from '../client/application/record.ts';
import { findClient } from '../client/find-client.ts';
import { isAllowedRedirectUri, isLoopbackRedirect, redirectUriMatches } from '../client/redirect-uri.ts';
import { shortIdOf } from '../client/self-contained-id.ts';
import type { ResponseTarget } from './response.ts';

export type RequestingClient = {
  client: FoundClient;
  target: ResponseTarget;
  /** Whether the request named the redirect URI, which the token request must then repeat. */
  redirectUriSent: boolean;
};

/**
 * Who asks, and where the answer may go. Nothing here may be answered by a redirect: until the redirect URI
 * is known to be the client's own, every refusal is a page (RFC 6749 section 4.1.2.1).
 */
export async function requestingClient(request: Request, context: SignInContext): Promise<RequestingClient> {
  const clientId = queryParameter(context.url, 'client_id');
  const requested = queryParameter(context.url, 'redirect_uri');
  const state = queryParameter(context.url, 'state');
  if (clientId === undefined) throw new OAuthError('invalid_request', 'The app did not say who it is.');
  annotate({ client: clientId.slice(0, 200) });
  const client = await knownClient(request, context, clientId);
  const redirectUri = requested ?? onlyRedirectUri(client);
  if (redirectUri === undefined)
    throw new OAuthError('invalid_request', 'The app did not say where to send you back to.');
  requireRegistered(context.config, client, redirectUri);
  return { client, target: { redirectUri, state }, redirectUriSent: requested !== undefined };
}

/** The client, or a refusal in words for a person. */
export async function knownClient(
  request: Request,
  context: SignInContext,
  clientId: string,
): Promise<FoundClient> {
  const [client, isBlocked] = await Promise.all([
    findClient(context, clientId, (what) => limit(context, request, what)),
    isClientBlocked(context.config, clientId),
  ]);
  if (client && isBlocked)
    throw new OAuthError('unauthorized_client', 'The operator of this server has blocked the app.', {
      status: 403,
    });
  if (!client)
    throw new OAuthError(
      'invalid_client',
      'This server does not know the app. Its registration may have been removed: connect again.',
      { status: 400 },
    );
  return client;
}

/** Whether an operator blocked the client. Without the store it may ask, and its tokens are checked when they are used. */
async function isClientBlocked(config: SignInConfig, clientId: string): Promise<boolean> {
  try {
    return (await blockedAtSeconds(config, shortIdOf(clientId))) !== undefined;
  } catch (error) {
    log('warn', 'block of a client not checked', errorFields(error));
    return false;
  }
}

/** Where the answer goes unasked. Not to a loopback address: equal registrations share a client whatever their ports. */
function onlyRedirectUri({ redirectUris }: FoundClient): string | undefined {
  const [only, ...others] = redirectUris;
  return only === undefined || others.length > 0 || isLoopbackRedirect(only) ? undefined : only;
}

/** Refuses a redirect URI that is not the client's, or is no longer allowed since it registered. */
export function requireRegistered(config: SignInConfig, client: FoundClient, redirectUri: string): void {
  if (!client.redirectUris.some((registered) => redirectUriMatches(registered, redirectUri)))
    throw new OAuthError(
      'invalid_request',
      'The app asked to send you to an address that it has not registered.',
    );
  if (!isAllowedRedirectUri(redirectUri, config))
    throw new OAuthError(
      'invalid_request',
      'This server does not allow the address that this app asked to send you to.',
    );
}
