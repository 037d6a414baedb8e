import { resourceMetadata, serverMetadata, tokens, unauthorized } from '../fake-mcp.ts';
import { always, type Broken, metadata, openId, server } from './broken.ts';

const resource = (changes: (origin: string) => Record<string, unknown>) => (origin: string) => ({
  [metadata]: { body: resourceMetadata(origin, changes(origin)) },
});
const advertises = (changes: (origin: string) => Record<string, unknown>) => (origin: string) => ({
  [server]: { body: serverMetadata(origin, changes(origin)) },
});
const challenges = (value: string) =>
  always({ status: 401, headers: { 'www-authenticate': value }, body: { error: 'invalid_token' } });

export const discovery: Broken[] = [
  { id: 'not-401', by: 'a 403', routes: always({ status: 403, body: { error: 'forbidden' } }) },
  {
    id: 'challenge-missing',
    by: 'a bare 401',
    routes: always({ status: 401, body: { error: 'unauthorized' } }),
  },
  { id: 'challenge-missing', by: 'another scheme', routes: challenges('Basic realm="x"') },
  {
    id: 'challenge-incomplete',
    by: 'a challenge without resource_metadata',
    routes: challenges('Bearer realm="mcp", scope="mcp:read"'),
  },
  { id: 'resource-metadata-missing', by: 'a 404', routes: () => ({ [metadata]: { status: 404 } }) },
  {
    id: 'resource-metadata-missing',
    by: 'a page instead of JSON',
    routes: () => ({ [metadata]: { body: '<h1>Hello</h1>' } }),
  },
  {
    id: 'resource-metadata-missing',
    by: 'a challenge that points elsewhere',
    routes: challenges('Bearer resource_metadata="http://localhost:9/none"'),
  },
  { id: 'timeout', by: 'resource metadata that hangs', routes: () => ({ [metadata]: { hang: true } }) },
  {
    id: 'resource-mismatch',
    by: 'the origin as resource',
    routes: resource((origin) => ({ resource: origin })),
  },
  { id: 'resource-mismatch', by: 'no resource', routes: resource(() => ({ resource: undefined })) },
  { id: 'resource-slash', by: 'a slash', routes: resource((origin) => ({ resource: `${origin}/mcp/` })) },
  {
    id: 'host-not-allowed',
    by: 'the production host in a preview’s metadata',
    also: ['server-metadata-missing'],
    routes: resource(() => ({
      resource: 'https://mcp.example.com/mcp',
      authorization_servers: ['https://mcp.example.com'],
    })),
  },
  {
    id: 'authorization-servers-missing',
    by: 'an empty list',
    routes: resource(() => ({ authorization_servers: [] })),
  },
  {
    id: 'authorization-server-auth0',
    by: 'the tenant’s domain',
    also: ['server-metadata-missing'],
    routes: resource(() => ({ authorization_servers: ['https://acme.eu.auth0.com/'] })),
  },
  {
    id: 'authorization-server-auth0',
    by: 'a tenant behind its own domain',
    also: ['registration-refused', 'iss-mismatch'],
    routes: (origin) => ({
      [metadata]: { body: resourceMetadata(origin, { authorization_servers: [`${origin}/tenant`] }) },
      'GET /.well-known/oauth-authorization-server/tenant': {
        body: serverMetadata(origin, {
          issuer: `${origin}/tenant`,
          registration_endpoint: `${origin}/oidc/register`,
        }),
      },
    }),
  },
  {
    id: 'authorization-server-elsewhere',
    by: 'a foreign server',
    also: ['server-metadata-missing'],
    routes: resource(() => ({ authorization_servers: ['http://localhost:9'] })),
  },
  {
    id: 'offline-access-in-resource',
    by: 'offline_access among the resource’s scopes',
    routes: resource(() => ({ scopes_supported: ['offline_access'] })),
  },
  { id: 'server-metadata-missing', by: 'a 404', routes: () => ({ [server]: { status: 404 } }) },
  {
    id: 'server-metadata-missing',
    by: 'an issuer that is no URL',
    routes: resource(() => ({ authorization_servers: ['javascript:alert(1)'] })),
  },
  { id: 'timeout', by: 'server metadata that hangs', routes: () => ({ [server]: { hang: true } }) },
  {
    id: 'issuer-mismatch',
    by: 'another issuer',
    also: ['iss-mismatch'],
    routes: advertises(() => ({ issuer: 'https://other.example.com' })),
  },
  {
    id: 'issuer-slash',
    by: 'a slash',
    also: ['iss-mismatch'],
    routes: advertises((origin) => ({ issuer: `${origin}/` })),
  },
  {
    id: 'metadata-disagree',
    by: 'another token endpoint in the OpenID document',
    routes: (origin) => ({
      [openId]: { body: serverMetadata(origin, { token_endpoint: `${origin}/other` }) },
    }),
  },
  {
    id: 'endpoint-missing',
    by: 'no token endpoint',
    routes: advertises(() => ({ token_endpoint: undefined })),
  },
  {
    id: 'endpoint-missing',
    by: 'an endpoint on plain http',
    routes: advertises(() => ({ authorization_endpoint: 'http://mcp.example.com/authorize' })),
  },
  {
    id: 'pkce-not-advertised',
    by: 'plain only',
    routes: advertises(() => ({ code_challenge_methods_supported: ['plain'] })),
  },
  {
    id: 'iss-not-advertised',
    by: 'silence about iss',
    routes: advertises(() => ({ authorization_response_iss_parameter_supported: undefined })),
  },
  {
    id: 'refresh-not-advertised',
    by: 'the code grant alone',
    routes: advertises(() => ({ grant_types_supported: ['authorization_code'] })),
  },
  {
    id: 'none-not-advertised',
    by: 'secrets only',
    routes: advertises(() => ({ token_endpoint_auth_methods_supported: ['client_secret_post'] })),
  },
  {
    id: 'client-documents-unsupported',
    by: 'registration alone',
    routes: advertises(() => ({ client_id_metadata_document_supported: undefined })),
  },
  {
    id: 'no-client-identity',
    by: 'neither documents nor registration',
    routes: advertises(() => ({
      client_id_metadata_document_supported: false,
      registration_endpoint: undefined,
    })),
  },
  {
    id: 'root-endpoints-missing',
    by: 'endpoints under another path alone',
    routes: (origin) => ({
      [server]: { body: serverMetadata(origin, { token_endpoint: `${origin}/oauth/token` }) },
      'POST /oauth/token': (visit) => tokens(visit, 'x'),
      'POST /token': { status: 404 },
    }),
  },
  {
    id: 'cors-blocked',
    by: 'metadata without CORS',
    routes: (origin) => ({
      [metadata]: {
        headers: { 'access-control-allow-origin': 'https://own.example.com' },
        body: resourceMetadata(origin),
      },
    }),
  },
  { id: 'cors-blocked', by: 'a refused preflight', routes: () => ({ 'OPTIONS /mcp': { status: 405 } }) },
  {
    id: 'cors-blocked',
    by: 'a preflight that allows everything but Authorization',
    routes: () => ({ 'OPTIONS /mcp': { status: 204, headers: { 'access-control-allow-headers': '*' } } }),
  },
  {
    id: 'cors-headers-hidden',
    by: 'an unexposed WWW-Authenticate',
    routes: (origin) => ({
      'POST /mcp': (visit) => {
        const reply = unauthorized(origin, visit);
        return { ...reply, headers: { ...reply.headers, 'access-control-expose-headers': 'x-other' } };
      },
    }),
  },
];
