import type { ProblemKind } from '../problems.ts';

/** Why registration, sign-in, tokens or calls fail. */
export const signInProblems = {
  'registration-refused': {
    level: 'failure',
    title: 'Registration is refused',
    fix: 'Accept registrations like Claude’s (RFC 7591); the detail holds the server’s reason.',
  },
  'registration-invalid': {
    level: 'failure',
    title: 'The registration’s answer is not usable',
    fix: 'Answer 201 with JSON that holds client_id (RFC 7591 section 3.2.1).',
  },
  'auth-method-changed': {
    level: 'failure',
    title: 'Another authentication method came back than asked for',
    fix: 'Give clients the token_endpoint_auth_method they ask for, with a client_secret exactly when it needs one.',
  },
  'generic-client': {
    level: 'failure',
    title: 'Auth0 registered a Generic third-party client',
    fix: 'Register clients through this server instead of Auth0’s /oidc/register, or promote the connection to domain level. Generic clients cannot use ordinary connections.',
  },
  'quota-reached': {
    level: 'failure',
    title: 'The tenant holds no more applications',
    fix: 'Delete unused applications (the prune job does), raise MAX_CLIENTS, or move to a plan with more.',
  },
  'tenant-rate-limit': {
    level: 'failure',
    title: 'The tenant’s rate limit is reached',
    fix: 'Wait a minute. Free tenants allow two Management API requests a second.',
  },
  'tenant-down': {
    level: 'failure',
    title: 'The server does not reach its tenant',
    fix: 'Check AUTH0_DOMAIN and status.auth0.com.',
  },
  'tenant-not-set-up': {
    level: 'failure',
    title: 'The server’s tenant is not set up for it',
    fix: 'Run the doctor with the tenant’s credentials (--help), or npm run setup; the server’s log names the reason.',
  },
  'authorize-refused': {
    level: 'failure',
    title: 'The authorization request is refused',
    fix: 'The detail holds the server’s reason; its log tells more.',
  },
  'service-not-found': {
    level: 'failure',
    title: 'Service not found: Auth0 knows no such API',
    fix: 'Make an API whose identifier is the named audience, exactly, or set OAUTH_AUDIENCE to an existing one. Previews: set it to production’s.',
  },
  'connection-not-enabled': {
    level: 'failure',
    title: 'No connection is enabled for the client',
    fix: 'Set AUTH0_CONNECTIONS to connections that exist, and let new clients register; or enable one in Auth0 → Applications → the application → Connections.',
  },
  'api-not-authorized': {
    level: 'failure',
    title: 'The API admits no such application',
    fix: 'Set the API’s user policy to allow_all: Auth0 → APIs → Settings → Application Access Policy.',
  },
  'callback-mismatch': {
    level: 'failure',
    title: 'Auth0 does not know the callback URL',
    fix: 'Add this deployment’s /callback to the application’s Allowed Callback URLs; a preview host must be among the allowed origins.',
  },
  'unknown-client': {
    level: 'failure',
    title: 'Auth0 does not know the client',
    fix: 'The application was deleted in Auth0. Remove the connector in the client and add it again.',
  },
  'iss-missing': {
    level: 'failure',
    title: 'The authorization response lacks iss',
    fix: 'Send iss on success and on errors, as the metadata promises (RFC 9207): clients refuse the response otherwise.',
  },
  'iss-mismatch': {
    level: 'failure',
    title: 'iss names another issuer than the metadata',
    fix: 'Send the metadata’s issuer, byte for byte. If it is the tenant’s: redirect to clients from your own callback.',
  },
  'state-lost': {
    level: 'failure',
    title: 'The authorization response does not carry the client’s state',
    fix: 'Return state unchanged.',
  },
  'none-refused': {
    level: 'failure',
    title: 'The token endpoint refuses clients without a secret',
    fix: 'Accept method none for clients registered with it; Claude and most clients have no secret.',
  },
  'secret-refused': {
    level: 'failure',
    title: 'The token endpoint refuses the secret it gave out',
    fix: 'Accept client_secret_post with the secret that registration returned.',
  },
  'token-error-wrong': {
    level: 'failure',
    title: 'The token endpoint reports errors in its own way',
    fix: 'Answer a dead code or refresh token with 400 invalid_grant as JSON (RFC 6749 section 5.2); Auth0’s 403 must be mapped. Claude signs in anew only then.',
  },
  'bad-token-accepted': {
    level: 'failure',
    title: 'A made-up token is accepted',
    fix: 'Verify tokens: signature, issuer, audience and expiry.',
  },
  'bad-token-answer': {
    level: 'failure',
    title: 'A made-up token is not answered with 401',
    fix: 'Answer 401 with error="invalid_token": nothing else makes clients sign in again.',
  },
  'sign-in-timeout': {
    level: 'failure',
    title: 'The sign-in did not come back',
    fix: 'Finish the sign-in in the browser. If it showed an error, look it up by its words in docs/troubleshooting.md.',
  },
  'sign-in-refused': {
    level: 'failure',
    title: 'The sign-in ended with an error',
    fix: 'The detail holds the reason; the server’s and the tenant’s log (Auth0 → Monitoring → Logs) tell more.',
  },
  'token-refused': {
    level: 'failure',
    title: 'The code brought no token',
    fix: 'The detail holds the server’s reason; its log tells more.',
  },
  'opaque-token': {
    level: 'failure',
    title: 'The access token is opaque and the server does not accept it',
    fix: 'Ask Auth0 for your API: send its identifier as audience on /authorize; then tokens are JWTs.',
  },
  'wrong-audience': {
    level: 'failure',
    title: 'The access token is for another audience',
    fix: 'Let OAUTH_AUDIENCE (what sign-in asks for and what tokens are checked against) name the same API.',
  },
  'token-clock-skew': {
    level: 'failure',
    title: 'The token is refused because clocks differ',
    fix: 'Set the clock of the server that checks tokens (NTP).',
  },
  'token-not-accepted': {
    level: 'failure',
    title: 'The server does not accept the token it gave out',
    fix: 'Compare issuer, audience and signing keys that the server checks with the token’s; its log names the reason.',
  },
  'refresh-token-missing': {
    level: 'warning',
    title: 'No refresh token',
    fix: 'Switch on Allow Offline Access for the API and grant refresh_token to the application; otherwise users sign in again each day.',
  },
  'initialize-failed': {
    level: 'failure',
    title: 'The session does not begin',
    fix: 'Answer initialize (2025-11-25) on a POST to this URL; the detail holds what came instead.',
  },
  'session-header-required': {
    level: 'failure',
    title: 'Requests without the session header are refused',
    fix: 'Serve requests that lack Mcp-Session-Id: hosted Claude does not send it back.',
  },
  'modern-unsupported': {
    level: 'warning',
    title: 'The protocol of 2026-07-28 is not spoken',
    fix: 'Update the server’s SDK. Clients still fall back to the older protocol.',
  },
  'tools-missing': {
    level: 'failure',
    title: 'The tools cannot be listed',
    fix: 'Answer tools/list; the detail holds what came instead.',
  },
  'tool-failed': {
    level: 'failure',
    title: 'A tool call fails',
    fix: 'Look for the tool in the server’s log.',
  },
  'refresh-failed': {
    level: 'failure',
    title: 'The refresh token does not work',
    fix: 'Check that the application may refresh and that rotation keeps the newest token; the detail holds the reason.',
  },
  'refresh-race': {
    level: 'failure',
    title: 'The same refresh token used twice at once fails',
    fix: 'Give both the same answer for a minute: Claude refreshes from two addresses at once and users are signed out otherwise.',
  },
  'revocation-failed': {
    level: 'warning',
    title: 'Revocation fails',
    fix: 'Answer 200 to a client that revokes its own token (RFC 7009 section 2.2).',
  },
  'revocation-ineffective': {
    level: 'warning',
    title: 'A revoked refresh token still works',
    fix: 'Revoke it at the tenant as well.',
  },
  'removal-failed': {
    level: 'warning',
    title: 'The doctor’s registration is left behind',
    fix: 'Delete the application named in the detail, or let the prune job do it.',
  },
  'check-broke': {
    level: 'failure',
    title: 'The doctor could not finish this check',
    fix: 'Something came that the doctor does not understand. Please report it with the detail.',
  },
} as const satisfies Record<string, ProblemKind>;
