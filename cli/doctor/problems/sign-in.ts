import type { ProblemKind } from './kind.ts';

/** Why registration, sign-in, tokens or calls fail. */
export const signInProblems = {
  'registration-refused': {
    level: 'failure',
    title: 'The server refuses the registration',
    fix: 'Accept registrations like Claude’s (RFC 7591). The detail shows the server’s reason.',
  },
  'registration-invalid': {
    level: 'failure',
    title: 'The registration response is not usable',
    fix: 'Answer 201 with JSON that contains client_id (RFC 7591 section 3.2.1).',
  },
  'auth-method-changed': {
    level: 'failure',
    title: 'The server registered a different authentication method than requested',
    fix: 'Return the token_endpoint_auth_method that the client requested, and a client_secret only if that method needs one.',
  },
  'auth-method-omitted': {
    level: 'warning',
    title: 'The registration response omits the authentication method',
    fix: 'Return token_endpoint_auth_method (RFC 7591 section 3.2.1). Claude continues with the method it requested, but RFC 7591 lets other clients assume client_secret_basic.',
  },
  'generic-client': {
    level: 'failure',
    title: 'Auth0 registered a Generic third-party client',
    fix: 'Register clients through this server instead of Auth0’s /oidc/register, or promote the connection to domain level. Generic clients cannot use ordinary connections.',
  },
  'quota-reached': {
    level: 'failure',
    title: 'The tenant cannot hold more applications',
    fix: 'Delete unused applications (the prune job does), raise MAX_CLIENTS, or move to a larger plan.',
  },
  'tenant-rate-limit': {
    level: 'failure',
    title: 'The tenant’s rate limit is reached',
    fix: 'Wait a minute. Free tenants allow two Management API requests per second.',
  },
  'tenant-down': {
    level: 'failure',
    title: 'The server cannot reach its tenant',
    fix: 'Check AUTH0_DOMAIN and status.auth0.com.',
  },
  'tenant-not-set-up': {
    level: 'failure',
    title: 'The tenant is not set up for the server',
    fix: 'Run the doctor with the tenant’s credentials (--help), or run npm run setup. The server’s log names the reason.',
  },
  'authorize-refused': {
    level: 'failure',
    title: 'The server refuses the authorization request',
    fix: 'The detail shows the server’s reason. Its log has more.',
  },
  'service-not-found': {
    level: 'failure',
    title: 'Service not found: Auth0 has no API with this identifier',
    fix: 'Create an API whose identifier is exactly the audience in the detail, or set OAUTH_AUDIENCE to an existing one. For previews, set it to production’s.',
  },
  'connection-not-enabled': {
    level: 'failure',
    title: 'No connection is enabled for the client',
    fix: 'Set AUTH0_CONNECTIONS to connections that exist and let new clients register, or enable one in Auth0 → Applications → the application → Connections.',
  },
  'api-not-authorized': {
    level: 'failure',
    title: 'The API does not allow this application',
    fix: 'Set the API’s user policy to allow_all: Auth0 → APIs → the API → Settings → Application Access Policy.',
  },
  'callback-mismatch': {
    level: 'failure',
    title: 'Auth0 does not know the callback URL',
    fix: 'Add this deployment’s /callback to the application’s Allowed Callback URLs. A preview host must be one of the allowed origins.',
  },
  'unknown-client': {
    level: 'failure',
    title: 'Auth0 does not know the client',
    fix: 'The application was deleted in Auth0. Remove the connector in the client and add it again.',
  },
  'iss-missing': {
    level: 'failure',
    title: 'The authorization response has no iss',
    fix: 'Send iss on success and on errors, as the metadata promises (RFC 9207). Clients refuse the response otherwise.',
  },
  'iss-mismatch': {
    level: 'failure',
    title: 'The iss is not the metadata’s issuer',
    fix: 'Send the metadata’s issuer, byte for byte. If the iss is the tenant’s, redirect to clients from your own callback.',
  },
  'state-lost': {
    level: 'failure',
    title: 'The authorization response does not carry the client’s state',
    fix: 'Return state unchanged.',
  },
  'none-refused': {
    level: 'failure',
    title: 'The token endpoint refuses clients without a secret',
    fix: 'Accept the method none for clients that registered with it. Claude and most clients have no secret.',
  },
  'secret-refused': {
    level: 'failure',
    title: 'The token endpoint refuses the secret that the server issued',
    fix: 'Accept client_secret_post with the secret from the registration response.',
  },
  'token-error-wrong': {
    level: 'failure',
    title: 'The token endpoint returns non-standard errors',
    fix: 'Answer an invalid code or refresh token with 400 invalid_grant as JSON (RFC 6749 section 5.2), and map Auth0’s 403 to it. Claude only signs in again on this answer.',
  },
  'bad-token-accepted': {
    level: 'failure',
    title: 'The server accepts an invalid token',
    fix: 'Verify tokens: signature, issuer, audience and expiry.',
  },
  'bad-token-answer': {
    level: 'failure',
    title: 'The server does not answer an invalid token with 401',
    fix: 'Answer 401 with error="invalid_token". Nothing else makes clients sign in again.',
  },
  'sign-in-timeout': {
    level: 'failure',
    title: 'The sign-in did not finish in time',
    fix: 'Finish the sign-in in the browser. If the browser shows an error, search for its text in docs/troubleshooting.md.',
  },
  'test-user-stuck': {
    level: 'failure',
    title: 'The test user could not finish the sign-in',
    fix: 'Check DOCTOR_USER, DOCTOR_PASSWORD and DOCTOR_LOGIN_HOST. The user needs a database connection and a login without MFA, CAPTCHA or other prompts.',
  },
  'sign-in-refused': {
    level: 'failure',
    title: 'The sign-in returned an error',
    fix: 'The detail shows the reason. The server’s log and the tenant’s (Auth0 → Monitoring → Logs) have more.',
  },
  'token-refused': {
    level: 'failure',
    title: 'The code returned no token',
    fix: 'The detail shows the server’s reason. Its log has more.',
  },
  'opaque-token': {
    level: 'failure',
    title: 'The access token is opaque and the server does not accept it',
    fix: 'Send your API’s identifier as audience to Auth0’s /authorize. Auth0 then issues JWTs.',
  },
  'wrong-audience': {
    level: 'failure',
    title: 'The access token has a different audience',
    fix: 'Set OAUTH_AUDIENCE to the same API where users sign in and where tokens are checked.',
  },
  'token-clock-skew': {
    level: 'failure',
    title: 'The token is refused because clocks differ',
    fix: 'Set the clock of the server that checks tokens (NTP).',
  },
  'token-not-accepted': {
    level: 'failure',
    title: 'The server does not accept the token that it issued',
    fix: 'Compare the issuer, audience and signing keys that the server checks with those of the token. Its log names the reason.',
  },
  'refresh-token-missing': {
    level: 'warning',
    title: 'There is no refresh token',
    fix: 'Turn on Allow Offline Access for the API and allow refresh_token for the application. Otherwise users sign in again every day.',
  },
  'initialize-failed': {
    level: 'failure',
    title: 'The session does not start',
    fix: 'Answer initialize (2025-11-25) on a POST to this URL. The detail shows the answer.',
  },
  'session-header-required': {
    level: 'failure',
    title: 'The server refuses requests without the session header',
    fix: 'Serve requests without Mcp-Session-Id. Hosted Claude does not send it back.',
  },
  'modern-unsupported': {
    level: 'warning',
    title: 'The server does not support the 2026-07-28 protocol',
    fix: 'Update the server’s SDK. Clients still fall back to the older protocol.',
  },
  'tools-missing': {
    level: 'failure',
    title: 'The tools cannot be listed',
    fix: 'Answer tools/list. The detail shows the answer.',
  },
  'tool-failed': {
    level: 'failure',
    title: 'A tool call fails',
    fix: 'Search the server’s log for the tool.',
  },
  'refresh-failed': {
    level: 'failure',
    title: 'The refresh token does not work',
    fix: 'Check that the application may refresh and that rotation keeps the newest token. The detail shows the reason.',
  },
  'refresh-race': {
    level: 'failure',
    title: 'The same refresh token fails if it is used twice at once',
    fix: 'Return the same answer to both requests for a minute. Claude refreshes from two addresses at once, and users are signed out otherwise.',
  },
  'revocation-failed': {
    level: 'warning',
    title: 'The revocation fails',
    fix: 'Answer 200 to a client that revokes its own token (RFC 7009 section 2.2).',
  },
  'revocation-ineffective': {
    level: 'warning',
    title: 'A revoked refresh token still works',
    fix: 'Revoke the token at the tenant as well.',
  },
  'removal-failed': {
    level: 'warning',
    title: 'The doctor’s registration was not deleted',
    fix: 'Delete the application with the client id in the detail, or leave it to the prune job.',
  },
  'check-broke': {
    level: 'failure',
    title: 'The doctor could not finish this check',
    fix: 'The doctor met an answer that it does not understand. Please report it with the detail.',
  },
} as const satisfies Record<string, ProblemKind>;
