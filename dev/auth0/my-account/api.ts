import { newResourceServer, type ResourceServer } from '../model/resource-servers.ts';

/** The My Account API, as it is once it was activated in the dashboard: applications need a client grant for users. */
export function myAccountApi(issuer: string): ResourceServer {
  return newResourceServer({
    identifier: `${issuer}me/`,
    name: 'Auth0 My Account API',
    is_system: true,
    token_lifetime: 3600,
    scopes: ['create', 'read', 'delete'].map((verb) => ({ value: `${verb}:me:connected_accounts` })),
    subject_type_authorization: {
      user: { policy: 'require_client_grant' },
      client: { policy: 'deny_all' },
    },
  });
}
