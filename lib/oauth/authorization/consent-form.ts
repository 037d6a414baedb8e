import type { SignInConfig } from '../../config.ts';
import { setCookie } from '../../http/cookies.ts';
import type { SignInContext } from '../../http/endpoint.ts';
import type { Parameters } from '../../http/parameters.ts';
import { openSealedForm } from '../../http/sealed-form.ts';
import { consentPage, scopeField } from '../../pages/consent.ts';
import { z } from '../../schema.ts';
import { describeScope, type GrantableScope } from '../../scope-rules.ts';
import { userClaims } from '../../scopes.ts';
import { seal } from '../../sealing.ts';
import type { Client } from '../client/client.ts';
import { displayHost, runsOnUsersDevice } from '../client/redirect-uri.ts';
import { fingerprint, heldSecret, isSameBrowser, newSecret } from './browser-binding.ts';
import { type Authorization, authorization } from './request.ts';
import { signedIn } from './signed-in.ts';
import { tenantFormAction } from './tenant-authorization.ts';

const cookie = 'consent-form';
/** Seconds that a consent page stays usable. */
const lifetimeSeconds = 3600;

const consentForm = z.object({
  authorization,
  /** Fingerprint of the browser that the form was made for. */
  browser: z.string(),
  /** Who has signed in already, if the page had to be shown after the sign-in. */
  signedIn: signedIn.optional(),
});

type ConsentForm = z.infer<typeof consentForm>;

/** What a consent page is shown for, and what differs from time to time. */
export type Consent = { notice?: string; signedIn?: ConsentForm['signedIn'] };

/**
 * The consent page for a request, which its form carries sealed, so that showing it leaves nothing on the server. The
 * form is bound to this browser by a cookie, against forged submissions; an existing cookie is kept, so that a second
 * page does not invalidate the first.
 */
export function showConsent(
  request: Request,
  { config, origin }: SignInContext,
  client: Client,
  authorization: Authorization,
  { notice, signedIn }: Consent = {},
): Response {
  const secret = heldSecret(request, origin, cookie) ?? newSecret();
  const form: ConsentForm = { authorization, browser: fingerprint(secret), ...(signedIn && { signedIn }) };
  return consentPage({
    origin,
    clientName: client.name,
    documentHost: client.source === 'document' ? new URL(client.id).host : undefined,
    destination: displayHost(authorization.redirectUri),
    onUsersDevice: runsOnUsersDevice(authorization.redirectUri),
    scopes: authorization.scopes.map((name) => ({ name, description: describeScope(name) })),
    userClaims,
    organization: organizationShown(authorization, signedIn),
    tenantHost: new URL(config.oauth.tenant).host,
    signedInAs: signedIn && (signedIn.name ?? 'another user'),
    notice,
    sealed: seal(config, 'consent-form', form, lifetimeSeconds),
    formAction: formAction(config, authorization.redirectUri),
    cookies: [setCookie(origin, cookie, secret, lifetimeSeconds)],
  });
}

/** The organization that the app gets access to: the one asked for, or that the user chose at the sign-in. */
function organizationShown(
  { organization }: Authorization,
  signedIn: Consent['signedIn'],
): string | undefined {
  return organization ? (organization.displayName ?? organization.name) : signedIn?.grant.organization?.name;
}

/** Where the form may lead: to the tenant, then to the client; to plain http or an app's own scheme only if it needs them. */
function formAction(config: SignInConfig, redirectUri: string): string[] {
  const { protocol, hostname, origin } = new URL(redirectUri);
  // A source expression cannot name an IPv6 address (CSP 3, section 2.3.1).
  const own = protocol !== 'http:' || hostname === '[::1]' ? protocol : origin;
  return [...new Set([...tenantFormAction(config), own])];
}

/** The request that a submitted form carries. Throws what a page then says: expired, or not made by us. */
export function openConsentForm({ config }: SignInContext, parameters: Parameters): ConsentForm {
  return openSealedForm(config, 'consent-form', consentForm, parameters.get('request'));
}

/** Why a form of ours cannot be acted on: it was made for another browser. Undefined if it was made for this one. */
export function foreignBrowserNotice(
  request: Request,
  origin: string,
  { browser }: ConsentForm,
): string | undefined {
  const secret = heldSecret(request, origin, cookie);
  if (isSameBrowser(secret, browser)) return undefined;
  return secret === undefined
    ? `Your browser did not send our cookie. Allow cookies for ${new URL(origin).host}, then decide again.`
    : 'Another page was opened in the meantime. Decide again.';
}

/** The requested scopes that the user left ticked. */
export function tickedScopes(parameters: Parameters, requested: GrantableScope[]): GrantableScope[] {
  return requested.filter((scope) => parameters.has(`${scopeField}${scope}`));
}
