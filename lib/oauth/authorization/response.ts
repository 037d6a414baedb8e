import type { SignInContext } from '../../http/endpoint.ts';
import { refusalOf } from '../../http/errors.ts';
import { redirect } from '../../http/redirect.ts';
import { refusedByPage } from '../../pages/error.ts';
import type { Client } from '../client/client.ts';
import { wellKnownClients } from '../client/document/well-known.ts';
import { displayHost } from '../client/redirect-uri.ts';
import type { Authorization } from './request.ts';

/** Where an authorization response goes: a redirect URI that is the client's own, and the client's state. */
export type ResponseTarget = Pick<Authorization, 'redirectUri' | 'state'>;

/**
 * Answers the client through the browser (RFC 6749 section 4.1.2), with our `iss` (RFC 9207). The redirect URI is kept
 * to the letter, its own query included.
 */
export function authorizationResponse(
  request: Request,
  { origin }: SignInContext,
  target: ResponseTarget,
  parameters: Record<string, string>,
  cookies: string[] = [],
): Response {
  return redirect(request, responseUrl(origin, target, parameters), cookies);
}

function responseUrl(
  origin: string,
  { redirectUri, state }: ResponseTarget,
  parameters: Record<string, string>,
): string {
  const query = new URLSearchParams(parameters);
  if (state !== undefined) query.set('state', state);
  query.set('iss', origin);
  const joint = !redirectUri.includes('?') ? '?' : /[?&]$/.test(redirectUri) ? '' : '&';
  return `${redirectUri}${joint}${query}`;
}

/**
 * Runs the steps that follow once the redirect URI is known to be the client's: from here on, refusals go to the client.
 *
 * @param isTrusted whether the user has approved this client in this browser. If not, the refusal is a page with a link:
 * anyone can register a client, and a redirect without the user's approval would make this server an open redirector
 * (RFC 9700 section 4.11.2).
 */
export async function answeringClient(
  request: Request,
  context: SignInContext,
  target: ResponseTarget,
  isTrusted: boolean,
  steps: () => Promise<Response>,
): Promise<Response> {
  try {
    return await steps();
  } catch (error) {
    const refusal = refusalOf(error, context.requestId);
    const parameters = { error: refusal.code, error_description: refusal.message };
    if (isTrusted) return authorizationResponse(request, context, target, parameters);
    return refusedByPage(
      refusal,
      context,
      displayHost(target.redirectUri),
      responseUrl(context.origin, target, parameters),
    );
  }
}

/** Whether this is a client that many people use, known by the URL of its metadata document. */
export function isWellKnown({ id, source }: Client): boolean {
  return source === 'document' && wellKnownClients.has(id);
}
