import type { Context } from '../../http/endpoint.ts';
import { OAuthError } from '../../http/errors.ts';
import { redirect } from '../../http/redirect.ts';
import { annotate, errorFields, log } from '../../log.ts';

/** Where an authorization response goes: a redirect URI that is the client's own, and the client's state. */
export type ResponseTarget = { redirectUri: string; state: string | undefined };

/**
 * Answers the client through the browser (RFC 6749 section 4.1.2), with our `iss` (RFC 9207). The redirect
 * URI is kept to the letter, its own query included.
 */
export function authorizationResponse(
  request: Request,
  { origin }: Context,
  { redirectUri, state }: ResponseTarget,
  parameters: Record<string, string>,
  cookies: string[] = [],
): Response {
  const query = new URLSearchParams(parameters);
  if (state !== undefined) query.set('state', state);
  query.set('iss', origin);
  const joint = !redirectUri.includes('?') ? '?' : /[?&]$/.test(redirectUri) ? '' : '&';
  return redirect(request, `${redirectUri}${joint}${query}`, cookies);
}

/** Runs the steps that follow once the redirect URI is trusted: from here on, refusals go to the client. */
export async function answeringClient(
  request: Request,
  context: Context,
  target: ResponseTarget,
  steps: () => Promise<Response>,
): Promise<Response> {
  try {
    return await steps();
  } catch (error) {
    if (!(error instanceof OAuthError)) log('error', 'unexpected error', errorFields(error));
    else if (error.cause) log('warn', 'refused', errorFields(error.cause));
    const refusal =
      error instanceof OAuthError
        ? error
        : new OAuthError('server_error', `Something failed here. Request id: ${context.requestId}`);
    annotate({ outcome: refusal.code, reason: refusal.message });
    return authorizationResponse(request, context, target, {
      error: refusal.code,
      error_description: refusal.message,
    });
  }
}
