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

/** What becomes of a new API with the My Account API's identifier: that activates it, with scopes of its own. */
export function activated(
  issuer: string,
  created: { identifier: string } & Partial<ResourceServer>,
): ResourceServer | undefined {
  const api = myAccountApi(issuer);
  if (created.identifier !== api.identifier) return undefined;
  const { skip_consent_for_verifiable_first_party_clients: skip = false } = created;
  return { ...api, skip_consent_for_verifiable_first_party_clients: skip };
}
