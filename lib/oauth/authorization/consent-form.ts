import type { Config } from '../../config.ts';
import { setCookie } from '../../http/cookies.ts';
import type { Context } from '../../http/endpoint.ts';
import { OAuthError } from '../../http/errors.ts';
import type { Parameters } from '../../http/parameters.ts';
import { consentPage, scopeField } from '../../pages/consent.ts';
import { describeScope, type GrantableScope } from '../../scope-rules.ts';
import { open, seal } from '../../sealing.ts';
import type { Client } from '../client/client.ts';
import { isLoopbackRedirect } from '../client/redirect-uri.ts';
import { oauthConfig } from '../enabled.ts';
import { fingerprint, heldSecret, isSameBrowser, newSecret } from './browser-binding.ts';
import type { Authorization } from './request.ts';

const cookie = 'consent-form';
/** Seconds that a consent page stays usable. */
const lifetime = 3600;

type ConsentForm = { authorization: Authorization; browser: string };

/**
 * The consent page for a request, which its form carries sealed, so that showing it leaves nothing behind on
 * the server. The form is bound to this browser by a cookie, against forged submissions; a cookie that is
 * there already is kept, so that a second page does not spoil the first.
 */
export async function showConsent(
  request: Request,
  context: Context,
  client: Client,
  authorization: Authorization,
  notice?: string,
): Promise<Response> {
  const { config, origin } = context;
  const secret = heldSecret(request, origin, cookie) ?? newSecret();
  const form: ConsentForm = { authorization, browser: fingerprint(secret) };
  const tenant = new URL(oauthConfig(context).tenant);
  return consentPage({
    origin,
    clientName: client.name,
    documentHost: client.source === 'document' ? new URL(client.id).host : undefined,
    redirectUri: authorization.redirectUri,
    loopback: isLoopbackRedirect(authorization.redirectUri) && client.redirectUris.every(isLoopbackRedirect),
    scopes: authorization.scopes.map((name) => ({ name, description: describeScope(name) })),
    tenantHost: tenant.host,
    notice,
    sealed: await seal(config, 'consent-form', form, lifetime),
    formAction: formAction(tenant.origin, authorization.redirectUri),
    cookies: [setCookie(origin, cookie, secret, lifetime)],
  });
}

/**
 * Where the form may lead. Chromium applies `form-action` to every redirect that follows the submission, and
 * the tenant may send the user on to any identity provider, hence all of https; plain http and an app's own
 * scheme only where this client needs them.
 */
function formAction(tenant: string, redirectUri: string): string[] {
  const { protocol, hostname, origin } = new URL(redirectUri);
  // A source expression cannot name an IPv6 address (CSP 3, section 2.3.1).
  const own = protocol !== 'http:' || hostname === '[::1]' ? protocol : origin;
  return [...new Set(["'self'", 'https:', tenant, own])];
}

/**
 * Refuses a submission that another site made (beside the form's cookie): browsers name the source in
 * `Sec-Fetch-Site` and `Origin`. A request with neither comes from no current browser.
 */
export function requireSameOrigin(request: Request, origin: string): void {
  const site = request.headers.get('sec-fetch-site') ?? 'same-origin';
  const source = request.headers.get('origin') ?? origin;
  if (site !== 'same-origin' || source !== origin)
    throw new OAuthError('access_denied', 'The decision was not sent from our own page.', { status: 403 });
}

/** The request that a submitted form carries. Throws what a page then tells: expired, or not of our making. */
export async function openConsentForm(config: Config, parameters: Parameters): Promise<ConsentForm> {
  const opened = await open<ConsentForm>(config, 'consent-form', parameters.get('request') ?? '');
  if ('value' in opened) return opened.value;
  throw new OAuthError(
    'invalid_request',
    opened.failure === 'expired' ? 'This page has been open for too long.' : 'The form is incomplete.',
  );
}

/** Why a form may not be acted on although it is ours: it was made for another browser. Undefined when it was not. */
export function foreignBrowserNotice(
  request: Request,
  origin: string,
  { browser }: ConsentForm,
): string | undefined {
  const secret = heldSecret(request, origin, cookie);
  if (isSameBrowser(secret, browser)) return undefined;
  return secret === undefined
    ? `Your browser did not send our cookie. Allow cookies for ${new URL(origin).host}, then decide again.`
    : 'Another page was opened meanwhile. Please decide once more.';
}

/** The requested scopes that the user left ticked. */
export function tickedScopes(parameters: Parameters, requested: GrantableScope[]): GrantableScope[] {
  return requested.filter((scope) => parameters.has(`${scopeField}${scope}`));
}
