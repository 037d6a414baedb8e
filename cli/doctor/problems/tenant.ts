import type { ProblemKind } from './kind.ts';

/** What is wrong in the Auth0 tenant. */
export const tenantProblems = {
  'tenant-unreachable': {
    level: 'failure',
    title: 'The tenant does not answer',
    fix: 'Check AUTH0_DOMAIN. Use the tenant’s own domain, such as acme.eu.auth0.com.',
  },
  'tenant-credentials-refused': {
    level: 'failure',
    title: 'The tenant refuses the credentials',
    fix: 'Copy AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET from the server’s application, which must be machine-to-machine.',
  },
  'management-not-granted': {
    level: 'failure',
    title: 'The application is not allowed to use the Management API',
    fix: 'Authorize it in Auth0 → APIs → Auth0 Management API → Application Access, or run npm run setup.',
  },
  'management-scope-missing': {
    level: 'failure',
    title: 'The application lacks Management API scopes that the server needs',
    fix: 'Grant them in Auth0 → APIs → Auth0 Management API → Application Access, or run npm run setup.',
  },
  'api-missing': {
    level: 'failure',
    title: 'The API does not exist',
    fix: 'Create it with exactly this identifier, or run npm run setup. Until then, sign-in fails with “Service not found”.',
  },
  'api-offline-access-off': {
    level: 'failure',
    title: 'The API allows no refresh tokens',
    fix: 'Turn on Allow Offline Access in Auth0 → APIs → the API → Settings.',
  },
  'api-user-policy': {
    level: 'failure',
    title: 'The API’s user policy does not allow clients',
    fix: 'Set subject_type_authorization.user.policy to allow_all, or run npm run setup.',
  },
  'api-consent-shown': {
    level: 'warning',
    title: 'Users are asked for consent twice',
    fix: 'Turn on skip_consent_for_verifiable_first_party_clients. The server’s own page asks for consent.',
  },
  'api-signing': {
    level: 'failure',
    title: 'The API does not sign with RS256',
    fix: 'Set its signing algorithm to RS256.',
  },
  'api-dialect': {
    level: 'warning',
    title: 'The API does not use the standard token dialect',
    fix: 'Set the token dialect to rfc9068_profile_authz (or rfc9068_profile), or run npm run setup.',
  },
  'api-token-lifetime': {
    level: 'warning',
    title: 'The API’s access tokens live longer than a day',
    fix: 'Shorten them in Auth0 → APIs → the API → Settings, or run npm run setup. They cannot be revoked.',
  },
  'api-scopes-missing': {
    level: 'failure',
    title: 'The API lacks scopes that the server requests',
    fix: 'Add them in Auth0 → APIs → the API → Permissions, or run npm run setup. Auth0 drops unknown scopes.',
  },
  'api-permissions-missing': {
    level: 'failure',
    title: 'The API lacks permissions that tools need',
    fix: 'Run npm run setup, or add them in Auth0 → APIs → the API → Permissions. Then assign them to users.',
  },
  'api-permissions-off': {
    level: 'failure',
    title: 'Nobody can have the permissions that tools need',
    fix: 'Run npm run setup -- --roles, or turn on “Enable RBAC” and “Add Permissions in the Access Token” in the API’s settings.',
  },
  'api-client-missing': {
    level: 'failure',
    title: 'The custom API client does not exist',
    fix: 'Run npm run setup with --downstream or --accounts, or remove AUTH0_API_CLIENT_ID.',
  },
  'api-client-settings': {
    level: 'failure',
    title: 'The custom API client cannot exchange tokens for tools',
    fix: 'Run npm run setup with --downstream or --accounts, which creates a working one.',
  },
  'accounts-api-missing': {
    level: 'failure',
    title: 'The My Account API is not active, so nobody can connect accounts',
    fix: 'Activate it in Auth0 → APIs, or run npm run setup -- --accounts CONNECTIONS.',
  },
  'accounts-grant-missing': {
    level: 'failure',
    title: 'No application may connect accounts for users',
    fix: 'Run npm run setup -- --accounts CONNECTIONS, which gives the application that clients share a grant for the My Account API.',
  },
  'accounts-connection': {
    level: 'failure',
    title: 'A connection is not set up for connected accounts',
    fix: 'Run npm run setup -- --accounts CONNECTIONS, or turn on “Connected Accounts for Token Vault” in the connection’s settings.',
  },
  'connection-missing': {
    level: 'failure',
    title: 'A configured connection does not exist',
    fix: 'Set AUTH0_CONNECTIONS to names from Auth0 → Authentication.',
  },
  'organizations-missing': {
    level: 'failure',
    title: 'The tenant has no organization',
    fix: 'Create one for each customer in Auth0 → Organizations, or set ORGANIZATIONS to off.',
  },
  'organization-connection': {
    level: 'failure',
    title: 'Nobody can sign in to an organization',
    fix: 'Enable a connection in Auth0 → Organizations → the organization → Connections.',
  },
  'organization-metadata': {
    level: 'failure',
    title: 'The server has no endpoint for an organization',
    fix: 'Set ORGANIZATIONS on the deployment too, to the same value, and deploy again.',
  },
  'application-organizations': {
    level: 'failure',
    title: 'The registered application does not use organizations as configured',
    fix: 'Set ORGANIZATIONS on the deployment to the same value and deploy again. Older applications are updated at their next sign-in.',
  },
  'application-type': {
    level: 'failure',
    title: 'The registered application has the wrong type or grants',
    fix: 'Register clients as first-party single-page applications with the authorization code and refresh token grants.',
  },
  'application-refresh-lifetime': {
    level: 'warning',
    title: 'The registered application’s refresh tokens live too long',
    fix: 'Let them end 30 days after the last use and a year after the sign-in: Auth0 → Applications → the application → Settings.',
  },
  'application-connection': {
    level: 'failure',
    title: 'The registered application lacks a connection',
    fix: 'Enable it in Auth0 → Applications → the application → Connections. New registrations get the connections in AUTH0_CONNECTIONS.',
  },
  'quota-near': {
    level: 'warning',
    title: 'The tenant is close to its application limit',
    fix: 'Delete unused applications (the prune job does), or move to a larger plan.',
  },
  'tenant-iss-on': {
    level: 'warning',
    title: 'The tenant adds its own iss',
    fix: 'Harmless as long as the server owns the callback. Otherwise turn off authorization_response_iss_parameter_supported.',
  },
  'tenant-open-registration': {
    level: 'warning',
    title: 'Anyone can register applications in the tenant',
    fix: 'Turn off OIDC Dynamic Application Registration. Otherwise clients can register without this server and use up the quota.',
  },
} as const satisfies Record<string, ProblemKind>;
