import type { Config } from '../config.ts';
import { isOrganizationName } from './name.ts';

/** A name that can be a label of a host name too (RFC 1123 section 2.1). */
const label = /^[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?$/;

/** What a request is for: the organization that its resource or its origin names, if any, and the one in the path. */
export type Addressed = { organization: string | undefined; organizationPath: string | undefined };

/**
 * The origin of an organization, `https://acme.example.com`, by its host; undefined for every other host. One label below
 * `ORGANIZATION_DOMAIN`, so that no other host of yours or of somebody else counts.
 */
export function organizationOrigin(host: string, { organizations }: Config): string | undefined {
  const { domain } = organizations ?? {};
  if (domain === undefined || !host.endsWith(`.${domain.host}`)) return undefined;
  const found = host.slice(0, -domain.host.length - 1);
  return label.test(found) ? `${domain.scheme}//${host}` : undefined;
}

/** The name of the organization that an origin belongs to; undefined for an origin of the deployment itself. */
export function organizationOfOrigin(origin: string, config: Config): string | undefined {
  if (config.organizations?.domain === undefined || config.origins.includes(origin)) return undefined;
  const { host } = URL.parse(origin) ?? { host: '' };
  return organizationOrigin(host, config) === origin ? host.slice(0, host.indexOf('.')) : undefined;
}

/**
 * The name in an MCP endpoint's path, `acme` for `/o/acme/mcp`; undefined for every other path. The path is compared as it
 * was sent: nothing is decoded, and there are no other segments.
 */
export function organizationInPath(path: string): string | undefined {
  if (!path.startsWith('/o/')) return undefined;
  const [, found = ''] = /^\/o\/([^/]+)\/mcp\/?$/.exec(path) ?? [];
  return isOrganizationName(found) ? found : undefined;
}

/** Whether a path can only mean an organization's endpoint, so that it is nothing else if it is not one. */
export function isOrganizationPath(path: string): boolean {
  return path.startsWith('/o/');
}

/**
 * The callback that Auth0 replaces with that of each organization: one entry, however many organizations there are
 * (auth0.com/docs/get-started/applications/wildcards-for-subdomains).
 */
export function organizationCallbackOrigin({ organizations }: Config): string | undefined {
  const { domain } = organizations ?? {};
  return domain && `${domain.scheme}//{organization_name}.${domain.host}`;
}
