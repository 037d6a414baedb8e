import type { Config } from '../config.ts';
import { isOurOrigin } from '../origin.ts';

const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Whether a request with this `Origin` may be served.
 *
 * The check prevents DNS rebinding: a page that resolves its own name to this machine and calls a server that trusts its
 * network. Such a page has a plain-http origin that is not loopback, because it cannot have a certificate for our TLS.
 * With sign-in, every https origin may call, because browser clients can live anywhere and a bearer token, unlike a
 * cookie, is never sent by a page that does not hold it. Without sign-in only the origin protects the server, so only
 * its own pages and local ones may call.
 */
export function isAllowedOrigin(origin: string | null, config: Config): boolean {
  if (origin === null || isOurOrigin(origin, config)) return true;
  const url = URL.parse(origin);
  if (!url) return false;
  if (loopbackHosts.has(url.hostname)) return url.protocol === 'http:' || url.protocol === 'https:';
  return url.protocol === 'https:' && config.oauth !== undefined;
}
