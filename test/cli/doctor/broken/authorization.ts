import { authorize, backToClient, rpc, unauthorized } from '../fake-mcp.ts';
import type { Visit } from '../fake-server.ts';
import type { Broken } from './broken.ts';

/** An authorize page that sends the client away with an error. */
const refuses = (error: string, error_description: string) => (iss: string) => ({
  'GET /authorize': (visit: Visit) => backToClient(visit, { error, error_description, iss }),
});

export const authorization: Broken[] = [
  {
    id: 'authorize-refused',
    by: 'an error page',
    routes: () => ({ 'GET /authorize': { status: 400, body: '<p>Something is off</p>' } }),
  },
  {
    id: 'authorize-refused',
    by: 'redirects without end',
    routes: () => ({ 'GET /authorize': { status: 302, headers: { location: '/authorize' } } }),
  },
  {
    id: 'service-not-found',
    by: 'Auth0’s words',
    routes: refuses('access_denied', 'Service not found: https://preview.example.com'),
  },
  {
    id: 'connection-not-enabled',
    by: 'Auth0’s words',
    routes: refuses('invalid_request', 'no connections enabled for the client'),
  },
  {
    id: 'generic-client',
    by: 'Auth0’s words',
    routes: refuses(
      'invalid_request',
      'Username-Password-Authentication does not exist or is not a domain connection',
    ),
  },
  {
    id: 'api-not-authorized',
    by: 'Auth0’s words',
    routes: refuses('invalid_request', 'Client "x" is not authorized to access resource server "y".'),
  },
  {
    id: 'callback-mismatch',
    by: 'Auth0’s page',
    routes: () => ({
      'GET /authorize': {
        status: 403,
        body: '<p>Callback URL mismatch. The provided redirect_uri is not in the list.</p>',
      },
    }),
  },
  {
    id: 'unknown-client',
    by: 'Auth0’s page',
    routes: () => ({
      'GET /authorize': { status: 400, body: '<p>invalid_request: Unknown client: abc</p>' },
    }),
  },
  {
    id: 'iss-missing',
    by: 'a response without iss',
    routes: () => ({ 'GET /authorize': (visit) => authorize('', visit) }),
  },
  {
    id: 'iss-mismatch',
    by: 'the tenant’s iss',
    routes: () => ({ 'GET /authorize': (visit) => authorize('https://acme.eu.auth0.com/', visit) }),
  },
  {
    id: 'none-refused',
    by: 'invalid_client',
    routes: () => ({
      'POST /token': (visit) =>
        visit.text.includes('client_secret')
          ? { status: 400, body: { error: 'invalid_grant' } }
          : { status: 401, body: { error: 'invalid_client' } },
    }),
  },
  {
    id: 'secret-refused',
    by: 'invalid_client',
    routes: () => ({
      'POST /token': (visit) =>
        visit.text.includes('client_secret')
          ? { status: 401, body: { error: 'invalid_client' } }
          : { status: 400, body: { error: 'invalid_grant' } },
    }),
  },
  {
    id: 'token-error-wrong',
    by: 'Auth0’s 403',
    routes: () => ({ 'POST /token': { status: 403, body: { error: 'invalid_grant' } } }),
  },
  { id: 'timeout', by: 'a token endpoint that hangs', routes: () => ({ 'POST /token': { hang: true } }) },
  {
    id: 'bad-token-accepted',
    by: 'accepting any token',
    routes: (origin) => ({
      'POST /mcp': (visit) => (visit.headers.authorization ? rpc(visit) : unauthorized(origin, visit)),
    }),
  },
  {
    id: 'bad-token-answer',
    by: 'a 500',
    routes: (origin) => ({
      'POST /mcp': (visit) => (visit.headers.authorization ? { status: 500 } : unauthorized(origin, visit)),
    }),
  },
  {
    id: 'server-error',
    by: 'a store that is away when the token is looked up',
    routes: (origin) => ({
      'POST /mcp': (visit) => (visit.headers.authorization ? { status: 503 } : unauthorized(origin, visit)),
    }),
  },
];
