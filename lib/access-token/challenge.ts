import type { Context } from '../http/endpoint.ts';
import { organizationInPath } from '../organizations/address.ts';
import { mcpResource } from '../origin.ts';
import { baselineScopes, type Scope } from '../scopes.ts';

export type Challenge = {
  /** Only when a token was presented (RFC 6750 section 3.1). */
  error?: 'invalid_token' | 'insufficient_scope';
  /** ASCII without quotes or backslashes. */
  description?: string;
  /** Every scope that the operation needs; the baseline unless given. */
  scopes?: readonly Scope[];
};

/** The resource metadata's URL for the path that was asked for (RFC 9728 section 3.1). */
function resourceMetadataUrl({ origin, url }: Context): string {
  const organization = organizationInPath(url.pathname);
  const suffix = url.pathname.replace(/\/+$/, '') === '' ? '' : mcpResource('', organization);
  return `${origin}/.well-known/oauth-protected-resource${suffix}`;
}

/** A `WWW-Authenticate` value (RFC 6750, RFC 9728); `realm` and `as_uri` are for clients of older revisions. */
export function challenge(context: Context, { error, description, scopes }: Challenge = {}): string {
  const parameters: [string, string | undefined][] = [
    ['realm', 'mcp'],
    ['as_uri', context.origin],
    ['resource_metadata', resourceMetadataUrl(context)],
    ['scope', (scopes ?? baselineScopes).join(' ')],
    ['error', error],
    ['error_description', description],
  ];
  const stated = parameters.flatMap(([name, value]) => (value === undefined ? [] : [`${name}="${value}"`]));
  return `Bearer ${stated.join(', ')}`;
}
