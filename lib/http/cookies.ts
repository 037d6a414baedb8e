/**
 * A cookie's name at an origin. `__Host-` makes browsers refuse it from subdomains and plain http; only
 * localhost may use plain http, where the prefix (and `Secure`) would stop the cookie from being kept.
 */
function nameAt(origin: string, name: string): string {
  return origin.startsWith('https:') ? `__Host-${name}` : name;
}

/**
 * The cookie's value as the browser sent it, or undefined. Only the spaces of RFC 6265 are taken off a name: `trim`
 * also takes off U+00A0, and with that in front a sibling host could set a cookie that passes here as `__Host-`.
 */
export function readCookie(request: Request, origin: string, name: string): string | undefined {
  const wanted = nameAt(origin, name);
  for (const pair of (request.headers.get('cookie') ?? '').split(';')) {
    const [key = '', ...value] = pair.split('=');
    if (key.replace(/^[ \t]+/, '') === wanted) return value.join('=').trim();
  }
  return undefined;
}

/**
 * A `Set-Cookie` header value: host-only, HttpOnly, SameSite=Lax.
 *
 * @param value cookie-safe text, such as base64url or a compact JWE.
 * @param maxAge seconds to keep it; 0 removes it.
 */
export function setCookie(origin: string, name: string, value: string, maxAge: number): string {
  const secure = origin.startsWith('https:') ? '; Secure' : '';
  return `${nameAt(origin, name)}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Lax${secure}`;
}
