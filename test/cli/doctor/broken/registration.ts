import { register } from '../fake-mcp.ts';
import type { Visit } from '../fake-server.ts';
import type { Broken } from './broken.ts';

/** A registration whose answer lacks the authentication method and these members. */
function omitting(visit: Visit, names: string[]) {
  const { status = 201, body } = register(visit);
  const left = Object.entries(body as object).filter(
    ([name]) => name !== 'token_endpoint_auth_method' && !names.includes(name),
  );
  return { status, body: Object.fromEntries(left) };
}

export const registration: Broken[] = [
  {
    id: 'registration-refused',
    by: 'a refused redirect URI',
    routes: () => ({ 'POST /register': { status: 400, body: { error: 'invalid_redirect_uri' } } }),
  },
  {
    id: 'registration-invalid',
    by: 'an answer without client_id',
    routes: () => ({ 'POST /register': { status: 201, body: {} } }),
  },
  { id: 'timeout', by: 'a registration that hangs', routes: () => ({ 'POST /register': { hang: true } }) },
  {
    id: 'quota-reached',
    by: 'Auth0’s words for a full tenant',
    routes: () => ({
      'POST /register': {
        status: 403,
        body: {
          errorCode: 'too_many_entities',
          message: 'You reached the limit of entities of this type for this tenant.',
        },
      },
    }),
  },
  {
    id: 'tenant-rate-limit',
    by: 'Auth0’s words for too many requests',
    routes: () => ({ 'POST /register': { status: 429, body: { message: 'Global limit has been reached' } } }),
  },
  {
    id: 'auth-method-changed',
    by: 'a secret for a client that asked for none',
    routes: () => ({
      'POST /register': (visit) => {
        const { status, body } = register(visit);
        return {
          status,
          body: {
            ...(body as object),
            token_endpoint_auth_method: 'client_secret_post',
            client_secret: 'a-secret-of-the-fake',
          },
        };
      },
    }),
  },
  {
    id: 'auth-method-omitted',
    by: 'neither a method nor a secret',
    routes: () => ({ 'POST /register': (visit) => omitting(visit, ['client_secret']) }),
  },
  {
    id: 'auth-method-omitted',
    by: 'a secret where one is due, and no method',
    routes: () => ({ 'POST /register': (visit) => omitting(visit, []) }),
  },
  {
    id: 'auth-method-changed',
    by: 'a secret for everyone, and no method',
    also: ['auth-method-omitted'],
    routes: () => ({
      'POST /register': (visit) => {
        const { status, body } = omitting(visit, []);
        return { status, body: { ...body, client_secret: 'a-secret-of-the-fake' } };
      },
    }),
  },
  {
    id: 'generic-client',
    by: 'a third-party client id',
    routes: () => ({
      'POST /register': (visit) => ({
        status: 201,
        body: { ...(register(visit).body as object), client_id: 'tpc_123' },
      }),
    }),
  },
  {
    id: 'removal-failed',
    by: 'a registration that cannot be deleted',
    routes: (origin) => ({
      'POST /register': (visit) => ({
        status: 201,
        body: {
          ...(register(visit).body as object),
          registration_client_uri: `${origin}/register/1`,
          registration_access_token: 'a-token-to-remove',
        },
      }),
      'DELETE /register/1': { status: 403 },
    }),
  },
];
