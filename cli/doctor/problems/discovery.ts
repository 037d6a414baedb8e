import type { ProblemKind } from '../problems.ts';

/** Why a client does not find out how to sign in. */
export const discoveryProblems = {
  'not-401': {
    level: 'failure',
    title: 'The refusal is not a 401',
    fix: 'Answer requests without a token with 401: nothing else makes clients sign in.',
  },
  'challenge-missing': {
    level: 'warning',
    title: 'The 401 has no Bearer challenge',
    fix: 'Send WWW-Authenticate: Bearer resource_metadata="…", scope="…" (RFC 9728 section 5.1).',
  },
  'challenge-incomplete': {
    level: 'warning',
    title: 'The challenge does not name the resource metadata',
    fix: 'Add resource_metadata="…" to WWW-Authenticate; without it clients guess where the metadata is.',
  },
  'resource-metadata-missing': {
    level: 'failure',
    title: 'No protected resource metadata',
    fix: 'Serve /.well-known/oauth-protected-resource and its form with the MCP path appended as JSON (RFC 9728).',
  },
  'resource-mismatch': {
    level: 'failure',
    title: 'The metadata describes another URL than the one typed',
    fix: 'Paste the URL that the metadata names as resource, or correct the server’s public URL (SERVER_URL).',
  },
  'resource-slash': {
    level: 'failure',
    title: 'Resource and typed URL differ by a slash',
    fix: 'Serve the resource without the trailing slash; clients compare character by character.',
  },
  'host-not-allowed': {
    level: 'failure',
    title: 'The server does not know itself under this host',
    fix: 'Add this origin to ALLOWED_ORIGINS for this environment and deploy again, or use the host that the metadata names. Vercel’s own preview hosts need “Automatically expose System Environment Variables”.',
  },
  'authorization-servers-missing': {
    level: 'failure',
    title: 'The metadata names no authorization server',
    fix: 'Put the server’s own origin into authorization_servers.',
  },
  'authorization-server-auth0': {
    level: 'failure',
    title: 'Clients are sent straight to Auth0',
    fix: 'authorization_servers must name the MCP server’s own origin, not the tenant: Auth0 alone gives clients neither a matching issuer nor your API’s audience nor a usable registration.',
  },
  'authorization-server-elsewhere': {
    level: 'warning',
    title: 'Clients are sent to another authorization server',
    fix: 'If that is not meant, put the server’s own origin into authorization_servers.',
  },
  'offline-access-in-resource': {
    level: 'warning',
    title: 'The resource asks for offline_access',
    fix: 'List offline_access in the authorization server’s scopes_supported only: refresh tokens are no scope of the resource.',
  },
  'server-metadata-missing': {
    level: 'failure',
    title: 'No authorization server metadata',
    fix: 'Serve /.well-known/oauth-authorization-server as JSON (RFC 8414).',
  },
  'issuer-mismatch': {
    level: 'failure',
    title: 'The issuer is not the one the resource names',
    fix: 'Make issuer and the entry in authorization_servers the same, byte for byte (RFC 8414 section 3.3).',
  },
  'issuer-slash': {
    level: 'failure',
    title: 'Issuer and authorization_servers differ by a slash',
    fix: 'Write both the same way, without a trailing slash.',
  },
  'metadata-disagree': {
    level: 'failure',
    title: 'The two metadata documents contradict each other',
    fix: 'Serve the same document at oauth-authorization-server and openid-configuration: clients read either.',
  },
  'endpoint-missing': {
    level: 'failure',
    title: 'The metadata lacks a usable endpoint',
    fix: 'Name authorization_endpoint and token_endpoint as https URLs.',
  },
  'pkce-not-advertised': {
    level: 'failure',
    title: 'PKCE is not advertised',
    fix: 'Set code_challenge_methods_supported to ["S256"]; MCP clients refuse to go on without it.',
  },
  'iss-not-advertised': {
    level: 'warning',
    title: 'The iss parameter is not advertised',
    fix: 'Send iss with every authorization response and set authorization_response_iss_parameter_supported (RFC 9207); ChatGPT asks for it.',
  },
  'refresh-not-advertised': {
    level: 'warning',
    title: 'Refresh tokens are not advertised',
    fix: 'List refresh_token in grant_types_supported and offline_access in scopes_supported; otherwise users sign in again each day.',
  },
  'none-not-advertised': {
    level: 'failure',
    title: 'Clients without a secret are not advertised',
    fix: 'Add none to token_endpoint_auth_methods_supported; without it Claude does not use its client document.',
  },
  'client-documents-unsupported': {
    level: 'warning',
    title: 'Client ID Metadata Documents are not supported',
    fix: 'Support them and set client_id_metadata_document_supported: true; until then every client registers on its own.',
  },
  'no-client-identity': {
    level: 'failure',
    title: 'No way for a client to introduce itself',
    fix: 'Offer Client ID Metadata Documents or a registration_endpoint; otherwise users must be given a client id by hand.',
  },
  'root-endpoints-missing': {
    level: 'warning',
    title: 'No endpoints at the root paths',
    fix: 'Serve /authorize, /token and /register as well: some Claude versions ignore the advertised endpoints.',
  },
  'cors-blocked': {
    level: 'warning',
    title: 'Browser clients are shut out',
    fix: 'Answer OPTIONS, and send Access-Control-Allow-Origin: * on metadata, register, token and MCP; without it the MCP Inspector and other browser clients fail.',
  },
  'cors-headers-hidden': {
    level: 'warning',
    title: 'Browser clients cannot read the headers they need',
    fix: 'Add WWW-Authenticate and Mcp-Session-Id to Access-Control-Expose-Headers.',
  },
} as const satisfies Record<string, ProblemKind>;
