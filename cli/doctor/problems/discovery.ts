import type { ProblemKind } from './kind.ts';

/** Why a client does not find out how to sign in. */
export const discoveryProblems = {
  'not-401': {
    level: 'failure',
    title: 'The server refuses with 403 instead of 401',
    fix: 'Answer requests without a token with 401. Only a 401 makes clients sign in.',
  },
  'challenge-missing': {
    level: 'warning',
    title: 'The 401 has no Bearer challenge',
    fix: 'Send WWW-Authenticate: Bearer resource_metadata="…", scope="…" (RFC 9728 section 5.1).',
  },
  'challenge-incomplete': {
    level: 'warning',
    title: 'The challenge does not name the resource metadata',
    fix: 'Add resource_metadata="…" to WWW-Authenticate. Without it, clients guess where the metadata is.',
  },
  'resource-metadata-missing': {
    level: 'failure',
    title: 'The protected resource metadata is missing',
    fix: 'Serve JSON at /.well-known/oauth-protected-resource and at the same path with the MCP path appended (RFC 9728).',
  },
  'resource-mismatch': {
    level: 'failure',
    title: 'The metadata describes a different URL than the one you typed',
    fix: 'Paste the URL that the metadata gives as resource, or correct the server’s public URL (SERVER_URL).',
  },
  'resource-slash': {
    level: 'failure',
    title: 'The resource and the typed URL differ by a slash',
    fix: 'Serve the resource without the trailing slash. Clients compare character by character.',
  },
  'host-not-allowed': {
    level: 'failure',
    title: 'The server does not recognize this host as its own',
    fix: 'Add this origin to ALLOWED_ORIGINS for this environment and deploy again, or use the host in the metadata. Vercel’s preview hosts need “Automatically expose System Environment Variables”.',
  },
  'authorization-servers-missing': {
    level: 'failure',
    title: 'The metadata names no authorization server',
    fix: 'List the server’s own origin in authorization_servers.',
  },
  'authorization-server-auth0': {
    level: 'failure',
    title: 'The metadata sends clients directly to Auth0',
    fix: 'List the MCP server’s own origin in authorization_servers, not the tenant. Auth0 alone gives clients no matching issuer, no audience for your API and no usable registration.',
  },
  'authorization-server-elsewhere': {
    level: 'warning',
    title: 'The metadata sends clients to another authorization server',
    fix: 'If you did not intend this, list the server’s own origin in authorization_servers.',
  },
  'offline-access-in-resource': {
    level: 'warning',
    title: 'The resource lists offline_access as a scope',
    fix: 'List offline_access only in the authorization server’s scopes_supported. Refresh tokens are not a scope of the resource.',
  },
  'server-metadata-missing': {
    level: 'failure',
    title: 'The authorization server metadata is missing',
    fix: 'Serve JSON at /.well-known/oauth-authorization-server (RFC 8414).',
  },
  'issuer-mismatch': {
    level: 'failure',
    title: 'The issuer is not the one that the resource names',
    fix: 'Make issuer and the entry in authorization_servers identical, byte for byte (RFC 8414 section 3.3).',
  },
  'issuer-slash': {
    level: 'failure',
    title: 'The issuer and authorization_servers differ by a slash',
    fix: 'Write both the same way, without a trailing slash.',
  },
  'metadata-disagree': {
    level: 'failure',
    title: 'The two metadata documents contradict each other',
    fix: 'Serve the same document at oauth-authorization-server and openid-configuration. Clients read either one.',
  },
  'endpoint-missing': {
    level: 'failure',
    title: 'The metadata lacks a usable endpoint',
    fix: 'Give authorization_endpoint and token_endpoint as https URLs.',
  },
  'pkce-not-advertised': {
    level: 'failure',
    title: 'PKCE is not advertised',
    fix: 'Set code_challenge_methods_supported to ["S256"]. MCP clients refuse to continue without it.',
  },
  'iss-not-advertised': {
    level: 'warning',
    title: 'The iss parameter is not advertised',
    fix: 'Send iss with every authorization response and set authorization_response_iss_parameter_supported (RFC 9207). ChatGPT requires it for its client document.',
  },
  'refresh-not-advertised': {
    level: 'warning',
    title: 'Refresh tokens are not advertised',
    fix: 'List refresh_token in grant_types_supported and offline_access in scopes_supported. Otherwise users sign in again every day.',
  },
  'none-not-advertised': {
    level: 'failure',
    title: 'Authentication method none is not advertised',
    fix: 'Add none to token_endpoint_auth_methods_supported. Without it, Claude does not use its client document.',
  },
  'client-documents-unsupported': {
    level: 'warning',
    title: 'Client ID Metadata Documents are not supported',
    fix: 'Support them and set client_id_metadata_document_supported to true. Until then, every client registers separately.',
  },
  'no-client-identity': {
    level: 'failure',
    title: 'Clients have no way to identify themselves',
    fix: 'Support Client ID Metadata Documents or offer a registration_endpoint. Otherwise users must enter a client id by hand.',
  },
  'root-endpoints-missing': {
    level: 'warning',
    title: 'The endpoints do not exist at the root paths',
    fix: 'Also serve /authorize, /token and /register. Some Claude versions ignore the advertised endpoints.',
  },
  'cors-blocked': {
    level: 'warning',
    title: 'Browser clients cannot read the answers',
    fix: 'Answer OPTIONS and send Access-Control-Allow-Origin: * on the metadata, registration, token and MCP endpoints. Without it, the MCP Inspector and other browser clients fail.',
  },
  'cors-headers-hidden': {
    level: 'warning',
    title: 'Browser clients cannot read the headers they need',
    fix: 'Add WWW-Authenticate and Mcp-Session-Id to Access-Control-Expose-Headers.',
  },
} as const satisfies Record<string, ProblemKind>;
