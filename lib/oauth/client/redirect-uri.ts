import { isIP } from 'node:net';
import type { SignInConfig } from '../../config.ts';
import { isPublicAddress } from '../../http/public-address.ts';
import { isOurOrigin } from '../../origin.ts';

/** Longest redirect URI taken, in characters. */
export const maxRedirectUriLength = 255;

/** Why a redirect URI is refused. */
export type RedirectUriRefusal =
  | 'too-long'
  | 'characters'
  | 'not-a-uri'
  | 'fragment'
  | 'userinfo'
  | 'plain-http'
  | 'scheme'
  | 'own-origin'
  | 'host';

/** Each refusal in public words, to follow "The redirect URI". */
export const redirectUriRefusals: Record<RedirectUriRefusal, string> = {
  'too-long': `is longer than ${maxRedirectUriLength} characters.`,
  characters: 'holds a space, a control character, a backslash or something else outside ASCII.',
  'not-a-uri': 'is not an absolute URI.',
  fragment: 'has a fragment.',
  userinfo: 'holds a user name or password.',
  'plain-http': 'uses plain http, which only localhost, 127.0.0.1 and [::1] may.',
  scheme: 'has a scheme that is not allowed here: use https, or http to the loopback address.',
  'own-origin': 'points at this server itself.',
  host: 'names a host that this server does not allow.',
};

/** Apps' private-use schemes (RFC 8252 section 7.1), each with the one authority that it may carry. */
const privateUseUris = new Map([['cursor:', 'anysphere.cursor-mcp']]);

/** A loopback URI, split around its port. The rest is compared as text, so nothing may precede the path. */
const loopbackUri = /^(http:\/\/(?:localhost|127\.0\.0\.1|\[::1\]))(?::\d{1,5})?((?:[/?].*)?)$/;

/** Whether this is an http URI to the loopback interface, as native apps listen on (RFC 8252 section 7.3). */
export function isLoopbackRedirect(uri: string): boolean {
  return loopbackUri.test(uri);
}

/**
 * Whether an answer sent to this URI stays on the user's own device or network: loopback in any spelling, a private
 * address, or an app's own scheme. Such an app's name cannot be verified.
 */
export function runsOnUsersDevice(uri: string): boolean {
  const url = URL.parse(uri);
  if (url?.protocol !== 'https:') return true;
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (host === 'localhost' || host.endsWith('.localhost') || host.endsWith('.local')) return true;
  return isIP(host) !== 0 && !isPublicAddress(host);
}

/** Where a redirect URI leads, as a person recognizes it: the host, with the scheme if it is an app's own. */
export function displayHost(redirectUri: string): string {
  const { protocol, host } = new URL(redirectUri);
  return protocol === 'https:' || protocol === 'http:' ? host : `${protocol}//${host}`;
}

/** The URI in the form in which two registrations are compared: a loopback URI without its port. */
export function withoutLoopbackPort(uri: string): string {
  return uri.replace(loopbackUri, '$1$2');
}

/**
 * Whether a requested redirect URI is a registered one: the same text, except that a loopback URI may name
 * any port that exists (RFC 9700 section 2.1, RFC 8252 section 7.3).
 */
export function redirectUriMatches(registered: string, requested: string): boolean {
  return withoutLoopbackPort(registered) === withoutLoopbackPort(requested) && URL.canParse(requested);
}

/** Whether a client may be sent back to this URI at all: https, loopback http, or an allowlisted app. */
export function isAllowedRedirectUri(uri: string, config: SignInConfig): boolean {
  return redirectUriRefusal(uri, config) === undefined;
}

/** Why a client may not be sent back to this URI; undefined if it may. */
export function redirectUriRefusal(uri: string, config: SignInConfig): RedirectUriRefusal | undefined {
  if (uri.length > maxRedirectUriLength) return 'too-long';
  // URL parsers drop some of these silently, so what is compared would not be what is followed.
  if (!/^[!-~]+$/.test(uri) || uri.includes('\\')) return 'characters';
  const url = URL.parse(uri);
  if (!url) return 'not-a-uri';
  if (uri.includes('#')) return 'fragment';
  if (url.username || url.password || /^[a-z][a-z\d+.-]*:\/*[^/?]*@/i.test(uri)) return 'userinfo';
  if (url.protocol === 'https:') {
    // URL parsers skip further slashes, RFC 3986 reads an empty host there.
    if (!/^https:\/\/[^/]/.test(uri)) return 'not-a-uri';
    if (isOurOrigin(url.origin, config)) return 'own-origin';
    const allowed = config.oauth.allowedRedirectHosts;
    return allowed && !allowed.includes(url.hostname) ? 'host' : undefined;
  }
  if (url.protocol === 'http:') {
    if (!isLoopbackRedirect(uri)) return 'plain-http';
    return isOurOrigin(url.origin, config) ? 'own-origin' : undefined;
  }
  return privateUseUris.get(url.protocol) === url.host ? undefined : 'scheme';
}
