import type { SignInConfig } from '../config.ts';
import { identity, linkAt, serverTitle } from '../identity.ts';
import { organizationInPath, organizationOfOrigin } from '../organizations/address.ts';
import { mcpResource } from '../origin.ts';
import { allScopes, offlineAccess } from '../scope-rules.ts';
import { baselineScopes } from '../scopes.ts';
import { assertionAlgorithms, clientAuthMethods } from './client/client.ts';
import { enabledGrants } from './extensions/index.ts';

/** Links that are not set are left out of the JSON. */
const { documentation, privacy, terms } = identity.links ?? {};

const wellKnown = '/.well-known/';

/** Clients ask often and in bursts; five minutes is also how long they keep what they found themselves. */
export const metadataCaching = { 'cache-control': 'public, max-age=300' };

/** The resource that a resource metadata path describes (RFC 9728 section 3.1); undefined for any other path. */
export function resourceAt(path: string, origin: string, config: SignInConfig): string | undefined {
  const document = `${wellKnown}oauth-protected-resource`;
  if (path === document) return origin;
  if (path === `${document}/mcp`) return mcpResource(origin);
  const organization = path.startsWith(`${document}/o/`) && organizationInPath(path.slice(document.length));
  if (!organization || !config.organizations || path.endsWith('/')) return undefined;
  return organizationOfOrigin(origin, config) === undefined ? mcpResource(origin, organization) : undefined;
}

/** Protected resource metadata (RFC 9728 section 2). We are the only authorization server, not Auth0. */
export function protectedResourceMetadata(origin: string, resource: string) {
  return {
    resource,
    authorization_servers: [origin],
    scopes_supported: baselineScopes,
    bearer_methods_supported: ['header'],
    resource_name: serverTitle,
    resource_documentation: linkAt(origin, documentation),
    resource_policy_uri: linkAt(origin, privacy),
    resource_tos_uri: linkAt(origin, terms),
  };
}

/**
 * Which authorization server document a path names, in every form that clients try: RFC 8414 and OpenID discovery, at the
 * root and with the path of an MCP endpoint appended or prefixed. All of them describe the one root issuer.
 */
export function serverDocumentAt(
  path: string,
  { organizations }: SignInConfig,
): 'oauth' | 'openid' | undefined {
  const at = path.indexOf(wellKnown);
  if (at === -1) return undefined;
  const [, document = '', after = ''] = /^([\w-]+)(.*)$/.exec(path.slice(at + wellKnown.length)) ?? [];
  const [endpoint, ...others] = [path.slice(0, at), after].filter(Boolean);
  const isEndpoint =
    endpoint === undefined ||
    endpoint === '/mcp' ||
    (organizations && !endpoint.endsWith('/') && organizationInPath(endpoint) !== undefined);
  if (!isEndpoint || others.length) return undefined;
  if (document === 'oauth-authorization-server') return 'oauth';
  return document === 'openid-configuration' ? 'openid' : undefined;
}

/** Authorization server metadata (RFC 8414 section 2). The issuer is the origin, without a slash. */
export function authorizationServerMetadata(origin: string, config: SignInConfig) {
  const extensions = enabledGrants(config);
  return {
    issuer: origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/oauth/token`,
    registration_endpoint: `${origin}/register`,
    revocation_endpoint: `${origin}/oauth/revoke`,
    scopes_supported: [...allScopes, offlineAccess],
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: [
      'authorization_code',
      'refresh_token',
      ...extensions.map((each) => each.grantType),
    ],
    token_endpoint_auth_methods_supported: clientAuthMethods,
    token_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    revocation_endpoint_auth_methods_supported: clientAuthMethods,
    revocation_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    client_id_metadata_document_supported: true,
    service_documentation: linkAt(origin, documentation),
    op_policy_uri: linkAt(origin, privacy),
    op_tos_uri: linkAt(origin, terms),
    ...Object.assign({}, ...extensions.map((each) => each.metadata ?? {})),
  };
}

/**
 * The same under OpenID's name, with the three members that its readers insist on. It promises no ID tokens:
 * `openid` is not among the scopes.
 */
export function openidConfiguration(origin: string, config: SignInConfig) {
  return {
    ...authorizationServerMetadata(origin, config),
    jwks_uri: config.oauth.jwksUri,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  };
}
