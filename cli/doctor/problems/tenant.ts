import type { ProblemKind } from '../problems.ts';

/** What is not right in the Auth0 tenant. */
export const tenantProblems = {
  'tenant-unreachable': {
    level: 'failure',
    title: 'The tenant does not answer',
    fix: 'Check AUTH0_DOMAIN; use the tenant’s own domain, such as acme.eu.auth0.com.',
  },
  'tenant-credentials-refused': {
    level: 'failure',
    title: 'The tenant refuses the credentials',
    fix: 'Copy AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET from the Management application; it must be machine-to-machine.',
  },
  'management-not-granted': {
    level: 'failure',
    title: 'The application may not use the Management API',
    fix: 'Authorize it: Auth0 → APIs → Auth0 Management API → Application Access, or run npm run setup.',
  },
  'management-scope-missing': {
    level: 'failure',
    title: 'The Management application lacks scopes that the server needs',
    fix: 'Grant them: Auth0 → APIs → Auth0 Management API → Application Access, or run npm run setup.',
  },
  'api-missing': {
    level: 'failure',
    title: 'The API does not exist',
    fix: 'Make it with exactly this identifier, or run npm run setup; sign-in fails with “Service not found” until then.',
  },
  'api-offline-access-off': {
    level: 'failure',
    title: 'The API gives no refresh tokens',
    fix: 'Switch on Allow Offline Access in Auth0 → APIs → the API → Settings.',
  },
  'api-user-policy': {
    level: 'failure',
    title: 'The API’s user policy keeps clients out',
    fix: 'Set subject_type_authorization.user.policy to allow_all, or run npm run setup.',
  },
  'api-consent-shown': {
    level: 'warning',
    title: 'Users are asked for consent twice',
    fix: 'Set skip_consent_for_verifiable_first_party_clients: the server’s own consent page is the consent.',
  },
  'api-signing': {
    level: 'failure',
    title: 'The API does not sign with RS256',
    fix: 'Set its signing algorithm to RS256.',
  },
  'api-dialect': {
    level: 'warning',
    title: 'The API’s token dialect is not the standard one',
    fix: 'Set the token dialect to rfc9068_profile_authz (or rfc9068_profile), or run npm run setup.',
  },
  'api-scopes-missing': {
    level: 'failure',
    title: 'The API lacks scopes that the server asks for',
    fix: 'Add them under Auth0 → APIs → the API → Permissions, or run npm run setup; Auth0 drops unknown scopes.',
  },
  'connection-missing': {
    level: 'failure',
    title: 'A configured connection does not exist',
    fix: 'Set AUTH0_CONNECTIONS to names from Auth0 → Authentication.',
  },
  'application-type': {
    level: 'failure',
    title: 'The registered application is of the wrong kind',
    fix: 'Clients must become first-party single-page applications with authorization code and refresh grants.',
  },
  'application-connection': {
    level: 'failure',
    title: 'The registered application has a connection missing',
    fix: 'Enable it in Auth0 → Applications → the application → Connections; new registrations get those in AUTH0_CONNECTIONS.',
  },
  'quota-near': {
    level: 'warning',
    title: 'The tenant is nearly full of applications',
    fix: 'Delete unused applications (the prune job does), or move to a plan with more.',
  },
  'tenant-iss-on': {
    level: 'warning',
    title: 'The tenant adds its own iss',
    fix: 'Harmless while the server owns the callback; otherwise switch off authorization_response_iss_parameter_supported.',
  },
  'tenant-open-registration': {
    level: 'warning',
    title: 'Anyone can register applications in the tenant',
    fix: 'Switch off OIDC Dynamic Application Registration: clients could go round this server and use up the quota.',
  },
} as const satisfies Record<string, ProblemKind>;
