import { OAuthError } from './errors.ts';

/**
 * Refuses a form that another site submitted, in addition to what the form itself carries: browsers name the source in
 * `Sec-Fetch-Site` and `Origin`. No current browser sends neither.
 *
 * @throws OAuthError `access_denied`, status 403.
 */
export function requireSameOrigin(request: Request, origin: string): void {
  const site = request.headers.get('sec-fetch-site') ?? 'same-origin';
  const source = request.headers.get('origin') ?? origin;
  if (site !== 'same-origin' || source !== origin)
    throw new OAuthError('access_denied', 'The form was not sent from our own page.', { status: 403 });
}
