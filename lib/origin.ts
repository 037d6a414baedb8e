import type { Config } from './config.ts';
import { perConfig } from './per-config.ts';

/** Origins by their host. */
const hosts = perConfig(({ origins }) => new Map(origins.map((origin) => [new URL(origin).host, origin])));

/**
 * The public origin that a request is answered as: the allowed origin with the request's host, else the
 * canonical one. The host only selects among configured origins and is never copied into a URL.
 */
export function originOf(request: Request, config: Config): string {
  const host = (request.headers.get('host') ?? new URL(request.url).host).toLowerCase();
  return hosts(config).get(host) ?? config.serverUrl;
}

/** The MCP endpoint's URL at an origin: the resource identifier that clients type in. */
export function mcpResource(origin: string): string {
  return `${origin}/mcp`;
}

/**
 * Whether an RFC 8707 `resource` value means this server, by any spelling that is equivalent as a URL:
 * the origin or its `/mcp`, with or without a trailing slash, scheme and host in any case, with the default port written out.
 */
export function isOurResource(value: string, config: Config): boolean {
  const url = URL.parse(value);
  // RFC 8707 section 2: an absolute URI without a fragment.
  if (!url || value.includes('#') || url.search || url.username || url.password) return false;
  // Anchored at the start: cutting the slashes off the end takes quadratic time on many of them.
  return config.origins.includes(url.origin) && /^(?:\/mcp)?\/*$/.test(url.pathname);
}

/** Our callback at an origin: the only redirect URI that the tenant ever sees. */
export function callbackUrl(origin: string): string {
  return `${origin}/callback`;
}
