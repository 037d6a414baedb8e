import type { Config } from './config.ts';
import {
  organizationCallbackOrigin,
  organizationInPath,
  organizationOfOrigin,
  organizationOrigin,
} from './organizations/address.ts';
import { perConfig } from './per-config.ts';

/** Origins by their host. */
const hosts = perConfig(({ origins }) => new Map(origins.map((origin) => [new URL(origin).host, origin])));

/**
 * The public origin that a request is answered as: the allowed origin with the request's host, that of an organization,
 * else the canonical one. The host only selects among these and is never copied into a URL.
 */
export function originOf(request: Request, config: Config): string {
  const host = (request.headers.get('host') ?? new URL(request.url).host).toLowerCase();
  return hosts(config).get(host) ?? organizationOrigin(host, config) ?? config.serverUrl;
}

/** Whether this deployment answers at an origin. */
export function isOurOrigin(origin: string, config: Config): boolean {
  return config.origins.includes(origin) || organizationOfOrigin(origin, config) !== undefined;
}

/**
 * The MCP endpoint's URL at an origin: the resource identifier that clients type in.
 *
 * @param organization the name in the path, for an organization's endpoint at an origin of the deployment.
 */
export function mcpResource(origin: string, organization?: string): string {
  return organization === undefined ? `${origin}/mcp` : `${origin}/o/${organization}/mcp`;
}

/** What an RFC 8707 `resource` value means: an origin of ours, and an organization if its path names one. */
export type OurResource = { origin: string; organizationPath: string | undefined };

/**
 * The resource of this server that an RFC 8707 `resource` value means, by any spelling that is equivalent as a URL:
 * the origin or its `/mcp`, with or without a trailing slash, scheme and host in any case, with the default port written
 * out; or an organization's `/o/<name>/mcp`, if the server has any. Undefined for everything else.
 */
export function ourResource(value: string, config: Config): OurResource | undefined {
  const url = URL.parse(value);
  // RFC 8707 section 2: an absolute URI without a fragment.
  if (!url || value.includes('#') || url.search || url.username || url.password) return undefined;
  if (!isOurOrigin(url.origin, config)) return undefined;
  const organizationPath = config.organizations && organizationInPath(url.pathname);
  if (organizationPath !== undefined) {
    // Only as it is written out: parsers resolve `..` and drop tabs.
    const isLiteral = /^https?:\/\/[^/\\]+$/i.test(value.slice(0, -url.pathname.length));
    return isLiteral && value.endsWith(url.pathname) && config.origins.includes(url.origin)
      ? { origin: url.origin, organizationPath }
      : undefined;
  }
  // Anchored at the start: cutting the slashes off the end takes quadratic time on many of them.
  return /^(?:\/mcp)?\/*$/.test(url.pathname)
    ? { origin: url.origin, organizationPath: undefined }
    : undefined;
}

/** Our callback at an origin: the only redirect URI that the tenant ever sees. */
export function callbackUrl(origin: string): string {
  return `${origin}/callback`;
}

/** The entry among an application's callbacks that allows our callback at an origin. */
export function registeredCallback(origin: string, config: Config): string {
  const placeholder = organizationOfOrigin(origin, config) && organizationCallbackOrigin(config);
  return callbackUrl(placeholder ?? origin);
}
